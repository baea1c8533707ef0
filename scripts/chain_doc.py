"""Write docs/chain.md from the transition table; a test holds the two together.

Run as `.venv/bin/python scripts/chain_doc.py` after changing the table.
"""

from pathlib import Path

from notify.actors import Role
from notify.deadlines import TERMS
from notify.documents.kinds import KINDS
from notify.states import ENDS, TITLES, State, Step
from notify.table import STEPS

TARGET = Path(__file__).resolve().parents[1] / "docs" / "chain.md"
WIDE = 5  # steps open in more states than this would hide the way in a diagram; the tables have them

HEAD = """# The chain: every state and step

Written by `scripts/chain_doc.py` from `notify.table`, of which the desk's buttons and the party's forms are made too.
A step is taken by one of its roles; every condition must hold, or it is refused with that code. `SYS` takes its steps
by itself.

Law: APL 行政处罚法, ACL 行政强制法, CPL 民事诉讼法, ARL 行政复议法, FEE 罚款决定与罚款收缴分离实施办法,
PD 浦东新区城市管理领域非现场执法规定, SH-NMV 上海市非机动车安全管理条例, ZJ-SR 浙江省城市市容和环境卫生管理条例.
"""


def page() -> str:
    """The whole page, in Markdown."""
    leads = [step for step in STEPS if step.sources[0].is_lead]
    cases = [step for step in STEPS if not step.sources[0].is_lead]
    parts = [HEAD, "## Leads 线索\n", _diagram(leads), _table(leads), "## Cases 案件\n", _diagram(cases), _table(cases)]
    return "\n".join([*parts, _states(), _terms(), _papers()])


def _diagram(steps: list[Step]) -> str:
    arrows = [
        f"    {source.value} --> {goal.value}: {step.zh}"
        for step in steps
        if len(step.sources) <= WIDE
        for source in step.sources
        for goal in step.goals
        if goal is not source
    ]
    shown = {state for step in steps if len(step.sources) <= WIDE for state in (*step.sources, *step.goals)}
    names = [f"    {state.value}: {state.value} {state.zh}" for state in State if state in shown]
    return "\n".join(["```mermaid", "stateDiagram-v2", *names, *arrows, "```", ""])


def _table(steps: list[Step]) -> str:
    rows = ["| step | from | to | who | conditions | papers | law |", "|---|---|---|---|---|---|---|"]
    for step in steps:
        cells = (
            f"`{step.code}` {step.zh} {step.en}",
            " ".join(state.value for state in step.sources),
            " ".join(state.value for state in step.goals) or "stays",
            " ".join(role.value for role in Role if role in step.roles),
            " ".join(dict.fromkeys(f"`{guard.code}`" for guard in step.guards)),
            "、".join(KINDS[code].title for code in step.documents),
            step.law,
        )
        rows.append("| " + " | ".join(cell.replace("|", "/") for cell in cells) + " |")
    return "\n".join([*rows, ""])


def _states() -> str:
    rows = [f"| {s.value} | {TITLES[s][0]} | {TITLES[s][1]} | {'end' if s in ENDS else ''} |" for s in State]
    return "\n".join(["## States 状态\n", "| state | 中文 | English | |", "|---|---|---|---|", *rows, ""])


def _terms() -> str:
    rows = [f"| {t.code} | {t.zh} {t.en} | `{t.key}` | {t.unit.value} | {t.binds.value} |" for t in TERMS.values()]
    head = ["## Terms 期限\n", "| term | name | length in the profile | unit | binds |", "|---|---|---|---|---|"]
    return "\n".join([*head, *rows, ""])


def _papers() -> str:
    rows = [f"| {kind.series} | {kind.title} | {kind.en} |" for kind in KINDS.values()]
    return "\n".join(["## Papers 文书\n", "| series | 中文 | English |", "|---|---|---|", *rows, ""])


if __name__ == "__main__":
    TARGET.write_text(page(), encoding="utf-8")
