"""The faults that the whole system is tried with, by family."""

from sim.faults import device, link, machine, processes, signal, stop
from sim.faults.fault import Fault

FAMILIES: dict[str, tuple[Fault, ...]] = {
    "device": device.FAULTS,
    "signal": signal.FAULTS,
    "link": link.FAULTS,
    "processes": processes.FAULTS,
    "machine": machine.FAULTS,
    "stop": stop.FAULTS,
}
