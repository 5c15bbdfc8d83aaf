"""What the exit code of `efferent` says; documented for users in docs/commands.md."""

WELL = 0  # done, or ended in order on request
WENT_WRONG = 1  # ran, but something that should not happen did
BAD_INPUT = 2  # could not start: configuration, device, broker, model or command line
INTERRUPTED = 130  # ended by Ctrl-C before its work was done
