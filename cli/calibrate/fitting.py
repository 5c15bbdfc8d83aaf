from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from controller.calibration.fit import FitSettings, fit_model
from controller.decoders.model import Model
from drivers.recordings.recording import Recording


def fit_with_progress(recording: Recording, settings: FitSettings, trained_on: str, console: Console) -> Model:
    """Fit with a bar that fills as the recording is worked through."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("fitting the decoder", total=len(recording))
        return fit_model(recording, settings, trained_on, lambda rows: bar.update(task, completed=rows))
