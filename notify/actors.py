"""Who acts: roles of the chain, and a person with the roles held today."""

from dataclasses import dataclass, field, replace
from enum import StrEnum


class Role(StrEnum):
    """What somebody may do; `notify.states` says which steps each role may take."""

    SYS = "SYS"
    OPER = "OPER"
    CLERK = "CLERK"
    OFFICER = "OFFICER"
    AUX = "AUX"
    SQUAD = "SQUAD"
    LEGAL = "LEGAL"
    HEAD = "HEAD"
    PANEL = "PANEL"
    CHAIR = "CHAIR"
    PAYAGENT = "PAYAGENT"
    PARTY = "PARTY"
    AGENT = "AGENT"
    SUPER = "SUPER"
    PRIV = "PRIV"

    @property
    def zh(self) -> str:
        return ROLE_ZH[self]


ROLE_ZH: dict[Role, str] = {
    Role.SYS: "系统",
    Role.OPER: "指挥中心值守员",
    Role.CLERK: "案件审核员",
    Role.OFFICER: "执法人员",
    Role.AUX: "辅助人员",
    Role.SQUAD: "中队长",
    Role.LEGAL: "法制审核员",
    Role.HEAD: "行政机关负责人",
    Role.PANEL: "集体讨论",
    Role.CHAIR: "听证主持人",
    Role.PAYAGENT: "代收机构",
    Role.PARTY: "当事人",
    Role.AGENT: "代理人",
    Role.SUPER: "执法监督",
    Role.PRIV: "档案与数据安全",
}


@dataclass(frozen=True, slots=True)
class Actor:
    """A person (or the system) taking a step.

    `id` is the person's, the same in every role: separation of duties is tested on it. `owner_id` binds a party to
    the one lead or case that its link opened.
    """

    id: str
    name: str
    roles: frozenset[Role] = field(default_factory=frozenset)
    owner_id: str | None = None

    def has(self, roles: frozenset[Role]) -> bool:
        return bool(self.roles & roles)

    def standing(self) -> "Actor":
        """This person with the roles that hold at a door of the chain.

        A party acts only behind a link of its own, never as a member of the staff whom somebody gave that role; nobody
        signs in as the system or as the collecting agent.
        """
        outside = frozenset({Role.PARTY, Role.AGENT})
        kept = self.roles & outside if self.owner_id is not None else self.roles - outside
        return replace(self, roles=kept - {Role.SYS, Role.PAYAGENT})


SYSTEM = Actor("SYS", "系统", frozenset({Role.SYS}))
PAYMENT_AGENT = Actor("PAYAGENT", "代收机构", frozenset({Role.PAYAGENT}))
