"""`efferent calibrate --live`: calibrate through a controller that runs and holds the device."""

import argparse
import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

from cli.broker_options import broker_address
from cli.calibrate.again import ask_again, can_ask
from cli.calibrate.conversation import Conversation, conversation
from cli.calibrate.scores import row_of_report, show_scores
from cli.errors import UsageError
from cli.exit_codes import WELL, WENT_WRONG
from controller.calibration.trials import TrialName, trial_name
from controller.config_file import load_run
from controller.contract.calibration import CalibrationAction as Action
from controller.contract.calibration import CalibrationPhase as Phase
from controller.contract.calibration import CalibrationState, TrialReport

AT_WORK = (Phase.SCORING, Phase.FITTING, Phase.SWAPPING)
COLUMNS = (TextColumn("{task.description:<24}"), BarColumn(), TextColumn("{task.fields[note]}"))
# So long the verb waits for word of decisions in shadow, should the device send nothing.
HEARD_WITHIN_S = 10.0


def live(options: argparse.Namespace, console: Console) -> int:
    """Prompt, score, redo, fit, watch the shadow, swap; or take one step back, or cancel."""
    if options.config is None:
        raise UsageError("--live needs --config FILE: which controller?")
    config, arm = load_run(options.config)

    async def talk() -> int:
        async with conversation(broker_address(options, config.broker), arm.name) as said:
            session = LiveCalibration(options, said, console)
            if options.live == "cancel":
                await said.ask(Action.CANCEL)
                return WELL
            return await (session.back() if options.live == "back" else session.run())

    return asyncio.run(talk())


@dataclass(slots=True)
class LiveCalibration:
    """One session through a running controller."""

    options: argparse.Namespace
    talk: Conversation
    console: Console

    async def run(self) -> int:
        """Go from the first prompt to the swap; whatever ends it early cancels it, and the running model stays."""
        options, talk = self.options, self.talk
        timing = {"hold_s": options.hold, "rest_s": options.rest, "trials_per_motion": options.trials or 0}
        await talk.ask(Action.ADD if options.add else Action.START, **timing)
        try:
            await self._recorded()
            await self._again()
            await talk.ask(Action.FIT)
            await self._work("fitting the decoder")
            state = talk.now
            if state.phase is not Phase.SHADOW:
                raise UsageError(state.what)
            return await self._decide()
        finally:
            if talk.state is not None and talk.state.phase is not Phase.IDLE:
                await talk.ask(Action.CANCEL)

    async def back(self) -> int:
        """Return to the model before the running one."""
        await self.talk.ask(Action.BACK)
        await self._work("going back")
        print(self.talk.now.what)
        return WELL if "in force again" in self.talk.now.what else WENT_WRONG

    async def _recorded(self) -> None:
        """Show the prompts, until every trial has its score."""
        with self._bars() as bars:
            whole = bars.add_task("whole session", total=max(self.talk.now.left_s, 0.1), note="")
            shown = bars.add_task("get ready", total=1.0, note="")

            def show(state: CalibrationState, since_s: float) -> None:
                prompt = state.prompt
                if prompt is None:
                    return
                left_s = max(prompt.left_s - since_s, 0.0)
                bars.update(whole, completed=bars.tasks[0].total - max(state.left_s - since_s, 0.0))  # type: ignore[operator]
                bars.update(
                    shown,
                    description=_spoken(prompt.motion).upper(),
                    total=prompt.lasts_s,
                    completed=prompt.lasts_s - left_s,
                    note=f"{left_s:.0f} s   next: {_spoken(prompt.following)}",
                )

            await self.talk.while_in(Phase.RECORDING, show=show)
        await self._work("looking at the trials")
        state = self.talk.now
        if state.phase is not Phase.RECORDED or not state.trials:
            raise UsageError(state.what)
        if not self.options.json:
            show_scores([row_of_report(trial) for trial in state.trials], self.console, self.options.plain)

    async def _again(self) -> None:
        """Do again or leave out what should be."""
        leave_out, rounds = list(self.options.without), 0
        while True:
            trials = self.talk.now.trials
            redo = self._to_redo(trials, leave_out, rounds)
            if not redo:
                break
            rounds += 1
            await self.talk.ask(Action.REDO, trials=tuple(str(name) for name in redo))
            await self._recorded()
        if leave_out:
            await self.talk.ask(Action.DELETE, trials=tuple(str(name) for name in leave_out))

    def _to_redo(self, trials: Sequence[TrialReport], leave_out: list[TrialName], rounds: int) -> list[TrialName]:
        known = [trial_name(trial.trial) for trial in trials]
        marked = [trial_name(trial.trial) for trial in trials if trial.verdict == "redo"]
        if self.options.redo == "ask" and can_ask(self.console):
            redo, without = ask_again(known, marked, self.console)
            leave_out += without
            return redo
        return marked if self.options.redo == "marked" and rounds == 0 else []

    async def _decide(self) -> int:
        """Watch the new model beside the running one, then put it in force if somebody says so."""
        end_s = asyncio.get_running_loop().time() + self.options.watch
        with self._bars() as bars:
            shown = bars.add_task("in shadow", total=self.options.watch, note="")
            # A state comes each second: the last one may still be from before its first decision.
            while (left_s := end_s - asyncio.get_running_loop().time()) > 0 or (
                left_s > -HEARD_WITHIN_S and self._unheard
            ):
                bars.update(shown, completed=self.options.watch - left_s, note=_words(self.talk.now))
                await asyncio.sleep(0.1)
        state = self.talk.now
        if not self.options.json:
            self.console.print(_words(state), highlight=False, soft_wrap=True)
        swap = self.options.yes
        if not swap and can_ask(self.console):
            swap = self.console.input("Put it in force? [bold]y[/]/n: ").strip().lower() in ("", "y", "yes")
        if swap:
            await self.talk.ask(Action.SWAP)
            await self._work("putting it in force")
        swapped = swap and self.talk.now.phase is Phase.IDLE
        self._tell(state, swapped, "" if swapped or not swap else self.talk.now.what)
        return WELL if swapped or not swap else WENT_WRONG

    @property
    def _unheard(self) -> bool:
        shadow = self.talk.now.shadow
        return shadow is not None and shadow.decisions == 0

    async def _work(self, what: str) -> None:
        with self._bars() as bars:
            shown = bars.add_task(what, total=1.0, note="")
            await self.talk.while_in(*AT_WORK, show=lambda state, _: bars.update(shown, completed=state.progress))

    def _bars(self) -> Progress:
        return Progress(*COLUMNS, console=self.console, transient=True, disable=not self.console.is_terminal)

    def _tell(self, state: CalibrationState, swapped: bool, trouble: str) -> None:
        if self.options.json:
            print(
                json.dumps({"swapped": swapped, **state.model_dump(mode="json", include={"trials", "fit", "shadow"})})
            )
        elif swapped:
            print("the new model is in force; one step back: efferent calibrate --live back")
        else:
            print(trouble or "the running model stays; to put a new one in force say yes, or give --yes")


def _words(state: CalibrationState) -> str:
    words = []
    if state.fit is not None and state.fit.error_percent is not None:
        words.append(f"wrong on held-out parts: {state.fit.error_percent:.1f} %")
        if state.fit.running_error_percent is not None:
            words.append(f"the running model {state.fit.running_error_percent:.1f} %")
    if state.shadow is not None:
        words.append(f"both agree on {state.shadow.agreement:.0%} of {state.shadow.decisions} decisions")
    return "; ".join(words)


def _spoken(name: str) -> str:
    return name.replace("_", " ")
