"""tally.py - what the suites in Python share: checks that are counted and told, and the daemon's memory."""
import sys

passed = failed = 0


def check(name, good, detail="", quiet=False):
    """Counts, and prints one line; when quiet, only of what went wrong."""
    global passed, failed
    passed, failed = (passed + 1, failed) if good else (passed, failed + 1)
    if not good or not quiet:
        print(f"ok   {name}" if good else f"FAIL {name}: {detail}", flush=True)


def finish():
    """Prints the line that the runner adds up, and ends with 1 when something went wrong."""
    print(f"{passed} passed, {failed} failed")
    sys.exit(failed > 0)


def memory(pid):
    """Resident memory of a process, MiB."""
    with open(f"/proc/{pid}/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS:")) / 1024
