"""The hardware stop lines, at the arm and at the controller: pressed, cut, gone, disturbed."""

from sim.faults.fault import Action, Bound, Fault, LineAt, Recovery, System

# Not the one byte that lets the arm move.
_NOISE = b"\x00\xff\x7f"
_RECOVERY = Recovery.BY_A_PERSON


def _press(where: LineAt, last: bytes) -> Action:
    async def press(system: System) -> None:
        system.button(where).press(last)
        await system.arm_stopped()

    return press


def _pull_out(where: LineAt) -> Action:
    async def pull_out(system: System) -> None:
        system.button(where).pull_out()
        await system.arm_stopped()

    return pull_out


def _plug_in(where: LineAt) -> Action:
    async def plug_in(system: System) -> None:
        system.button(where).plug_in()

    return plug_in


def _let_go(where: LineAt) -> Action:
    async def let_go(system: System) -> None:
        system.button(where).let_go()

    return let_go


async def _disturb(system: System) -> None:
    system.button("arm").say(_NOISE)
    await system.arm_stopped()


async def _nothing_left(_system: System) -> None:
    """It was a moment, and the line says run since."""


async def _hang_and_press(system: System) -> None:
    system.hold_loop()
    system.button("controller").press()
    await system.arm_stopped()


async def _go_on_and_let_go(system: System) -> None:
    system.let_loop_go()
    system.button("controller").let_go()


def _fault(name: str, what: str, bound: Bound, inject: Action, mend: Action) -> Fault:
    return Fault(name, what, bound, _RECOVERY, inject, mend, stop_lines=True)


FAULTS = (
    _fault("stop-line-pressed", "the stop line at the arm is pressed", Bound.STOP, _press("arm", b"S"), _let_go("arm")),
    _fault("stop-line-cut", "the cable of the stop line at the arm is cut, and mended after a second", Bound.SILENCE,
           _press("arm", b""), _let_go("arm")),
    _fault("stop-line-gone", "the port of the stop line at the arm is gone, and comes back", Bound.SILENCE,
           _pull_out("arm"), _plug_in("arm")),
    _fault("stop-line-disturbed", "other bytes are on the stop line at the arm for a moment", Bound.STOP, _disturb,
           _nothing_left),
    _fault("controller-line-pressed", "the stop line at the controller is pressed", Bound.STOP,
           _press("controller", b"S"), _let_go("controller")),
    _fault("controller-line-gone", "the port of the stop line at the controller is gone, and comes back", Bound.SILENCE,
           _pull_out("controller"), _plug_in("controller")),
    _fault("line-while-loop-hangs", "the controller's event loop hangs, and its stop line is pressed", Bound.STOP,
           _hang_and_press, _go_on_and_let_go),
)  # fmt: skip
