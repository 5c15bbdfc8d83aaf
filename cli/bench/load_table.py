"""What was measured beside hogs, as tables: delays, then counts and ages, of both priorities side by side."""

from rich.table import Table

from cli.bench.load import LoadResult, UnderLoad


def delay_table(result: LoadResult) -> Table:
    """Return the percentiles of both spans."""
    first = result.first
    title = (
        f"{first.broker}, {first.device}, {first.duration_s:g} s each, beside {result.hogs} programs, one on every core"
    )
    table = Table("priority", "ms", "p50", "p99", "p99.9", "max", title=title)
    for name, span in _spans(result):
        for what, values in (
            ("sample written → command", span.ours_ms),
            ("sample written → socket", span.to_socket_ms),
            ("bare publish → receive", span.bare_ms),
        ):
            table.add_row(name, what, *(f"{values[key]:.3f}" for key in ("p50", "p99", "p999", "max")))
    if result.real_time is None:
        table.caption = result.refused
    return table


def count_table(result: LoadResult) -> Table:
    """Return what was late, what was refused and how old the oldest was."""
    spans = _spans(result)
    table = Table("", *(name for name, _ in spans))
    for what, values in (
        ("decisions", [str(span.decisions) for _, span in spans]),
        ("deadline misses", [str(span.deadline_misses) for _, span in spans]),
        ("skipped hops", [str(span.skipped_hops) for _, span in spans]),
        ("stale input, faults", [f"{span.stale_events}, {span.faults}" for _, span in spans]),
        ("accepted by the arm", [str(span.accepted) for _, span in spans]),
        ("... although older than its ttl", [str(span.stale_accepted) for _, span in spans]),
        ("refused by the arm", [_refused(span) for _, span in spans]),
        ("oldest accepted, published → arm", [f"{span.oldest_command_ms:.1f} ms" for _, span in spans]),
        (
            "oldest accepted, sample → arm",
            [f"{span.oldest_sample_ms:.1f} of {span.oldest_sample_bound_ms:.0f} ms" for _, span in spans],
        ),
        ("controller, share of a core", [f"{span.cpu_percent:.1f} %" for _, span in spans]),
    ):
        table.add_row(what, *values)
    return table


def _spans(result: LoadResult) -> list[tuple[str, UnderLoad]]:
    spans = [("usual", result.usual)]
    if result.real_time is not None:
        # A priority may be given up on the way.
        spans.append(("real-time" if result.real_time.real_time else "real-time at first", result.real_time))
    return spans


def _refused(span: UnderLoad) -> str:
    return ", ".join(f"{count} {reason}" for reason, count in span.refused.items() if count) or "none"
