"""`efferent broker provision`: the files of a broker for several machines, and of each of its clients."""

import argparse
import datetime
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from cli.broker.provisioning import Provisioning, Renew
from cli.broker.settings import Settings, load_settings
from cli.errors import UsageError
from cli.exit_codes import WELL
from controller.contract.rights import Role

# Told when a certificate ends sooner; half a year is enough to plan a visit.
END_IS_NEAR = datetime.timedelta(days=183)
USED_BY = {
    Role.CONTROLLER: "efferent run: put the [broker] table below into its configuration",
    Role.ARM: "the arm, or: efferent arm --broker-config FOLDER/broker.toml",
    Role.CLINIC: "pages and programs of the clinic",
    Role.PERSON: "engage, disengage, stop, clear",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what this verb takes. An option that is left out keeps what the folder was made with."""
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="the folder to make, or to add to")
    parser.add_argument(
        "--host",
        action="append",
        metavar="NAME",
        help="name or address that clients connect to; may be given often (default: this machine only)",
    )
    parser.add_argument("--arm", action="append", metavar="NAME", help="an arm; may be given often (default: demo)")
    parser.add_argument("--port", type=int, metavar="PORT", help="where the broker listens (default 8883)")
    parser.add_argument(
        "--installed-at",
        type=Path,
        metavar="PATH",
        help="where DIR/broker will be on the broker's machine (default: where it is made)",
    )
    parser.add_argument("--days", type=int, metavar="N", help="how long new certificates are good (default 1826)")
    parser.add_argument(
        "--client-certificates",
        action="store_true",
        default=None,
        help="each client also shows a certificate before it is asked for its password",
    )
    parser.add_argument(
        "--renew",
        nargs="?",
        choices=(Renew.BROKER.value, Renew.ALL.value),
        const=Renew.BROKER.value,
        default=Renew.NOTHING.value,
        help="overwrite: the broker's files (default), or everything, passwords too",
    )


def run(options: argparse.Namespace) -> int:
    """Make what is missing or to be renewed, and print what to do next. Raises `UsageError`."""
    folder = options.out.absolute()
    before = load_settings(folder)
    renew = Renew(options.renew)
    settings = _settings(options, folder, before)
    if before is not None:
        _refuse_silent_change(before, settings, renew)
    now = datetime.datetime.now(datetime.UTC)
    provisioning = Provisioning(folder, settings, renew, now)
    try:
        provisioning.make()
        ends = provisioning.ends()
    except OSError as error:
        raise UsageError(f"cannot write {error.filename or folder}: {error.strerror}; what is there stays") from error
    except ValueError as error:
        raise UsageError(f"a file in {folder} is damaged ({error}); make everything anew with --renew all") from error
    for line in _report(provisioning, ends):
        print(line)
    return WELL


def _settings(options: argparse.Namespace, folder: Path, before: Settings | None) -> Settings:
    given: dict[str, Any] = {
        "hosts": options.host,
        "port": options.port,
        "installed_at": options.installed_at,
        "days": options.days,
        "client_certificates": options.client_certificates,
    }
    values: dict[str, Any] = {"installed_at": folder / "broker"} if before is None else before.model_dump()
    values |= {name: value for name, value in given.items() if value is not None}
    arms = (*(before.arms if before is not None else ()), *(options.arm or ()))
    values["arms"] = tuple(dict.fromkeys(arms)) or ("demo",)
    try:
        settings = Settings.model_validate(values)
    except ValidationError as error:
        fault = error.errors()[0]
        option = {"hosts": "host", "arms": "arm"}.get(str(fault["loc"][0]), fault["loc"][0])
        raise UsageError(
            f"--{option}: {fault['msg'].removeprefix('Value error, ')} (got {fault['input']!r:.60})"
        ) from error
    if not settings.installed_at.is_absolute() or not str(settings.installed_at).isprintable():
        raise UsageError(f"--installed-at takes a whole path, as mosquitto needs it, got '{settings.installed_at}'")
    return settings


def _refuse_silent_change(before: Settings, after: Settings, renew: Renew) -> None:
    """Refuse what would need files that are there to be written anew. Arms are added without that."""
    for_clients = {"port", "client_certificates"} | ({"hosts"} if before.url != after.url else set())
    changed = [
        name
        for name in ("hosts", "port", "installed_at", "client_certificates")
        if getattr(before, name) != getattr(after, name)
    ]
    if changed and renew is Renew.NOTHING:
        raise UsageError(f"{', '.join(changed)}: another than this folder was made for; --renew overwrites its files")
    if renew is Renew.BROKER and for_clients & set(changed):
        raise UsageError(f"{', '.join(changed)}: this changes the files of every client: --renew all")


def _report(provisioning: Provisioning, ends: dict[str, datetime.datetime]) -> list[str]:
    folder, settings = provisioning.folder, provisioning.settings
    first_arm = settings.arms[0]
    lines = [f"{folder}: broker at {settings.url}, arms {', '.join(settings.arms)}"]
    for name, end in ends.items():
        near = "  SOON: --renew" if end < provisioning.now + END_IS_NEAR else ""
        lines.append(f"  certificate of {name:<24} good until {end:%Y-%m-%d}{near}")
    lines += [
        "",
        f"1. The broker: put {folder}/broker at {settings.installed_at} on its machine, owned by the user that",
        f"   mosquitto runs as, then: mosquitto -c {settings.installed_at}/mosquitto.conf",
        "2. Each client's folder goes to its own machine, readable by its user only; it holds the password:",
        *(f"   {user:<24} {USED_BY[role]}" for user, (_, role) in provisioning.users.items()),
        "3. People, so that a stop is short to type:",
        f"   export EFFERENT_BROKER_CONFIG={folder}/{first_arm}-person/broker.toml EFFERENT_ARM={first_arm}",
        f"4. Keep {folder}/authority to yourself: whoever has its key can pass for the broker.",
        "",
        "For the configuration of each controller:",
    ]
    for arm in settings.arms:
        user = f"{arm}-{Role.CONTROLLER.value}"
        section = (folder / user / "broker.toml").read_text(encoding="utf-8")
        for name in ("password", "ca.pem", "client.pem", "client.key"):
            section = section.replace(f'= "{name}"', f'= "{folder}/{user}/{name}"')
        lines += ["", *section.splitlines()]
    if not settings.bind:
        return lines
    return [*lines, "", "It listens on this machine alone; for others name it: --host NAME --renew all"]
