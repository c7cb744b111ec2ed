import subprocess

FORMAT = "%H"


def head():
    return subprocess.check_output("git log -1 --format=" + FORMAT + " | head -c 8", shell=True)
