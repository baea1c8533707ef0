"""The row of the transition table for a decision on the spot (the simple procedure of APL 51-53)."""

from notify import findings as fd
from notify import guards as g
from notify import guards_case as gc
from notify import guards_limits as gl
from notify import guards_people as gp
from notify import guards_recheck as gr
from notify import guards_spot as gs
from notify.effects import on_spot as do
from notify.states import Field, FieldType, State, Step
from notify.steps.words import A4, A6, OFFICER, ON_SITE_PACKAGE, SECOND, WARNED

ON_SPOT_STEPS: tuple[Step, ...] = (
    Step(
        "decide_on_spot",
        "当场处罚（须执法人员在现场）",
        "Decide on the spot",
        (A4, A6),
        State.FILED,
        OFFICER,
        "APL 51-53; ARL 23",
        fields=(
            SECOND,
            ON_SITE_PACKAGE,
            Field("grade", "裁量档次", "Grade", FieldType.CHOICE, choices_from="grades", default_from="grade"),
            Field("amount", "罚款数额（元）", "Fine (yuan)", FieldType.MONEY),
            Field(
                "told", "已出示证件并当面告知事实、理由、依据和权利", "Told in person", FieldType.BOOL, default=False
            ),
            Field("statement", "当事人陈述、申辩", "What the party said", FieldType.LONG, required=False),
            Field("handed_over", "决定书已当场交付", "Handed over at once", FieldType.BOOL, default=False),
        ),
        guards=(
            gs.officers_there,
            gs.small_enough,
            gs.heard_and_handed,
            gp.two_officers,
            gp.recusal_clean,
            *WARNED,
            g.basis_live,
            g.phase_enforce,
            g.ground_same,
            gr.rechecked_still,
            gl.within_limitation,
            gc.single_fine,
            fd.penalty_open,
            gs.amount_lawful,
        ),
        effect=do.decide_on_spot,
        documents=("ON_SPOT", "PAYMENT"),
        starts=("DPAY15", "DREV60", "DLIT6M"),
        note_field="statement",
    ),
)
