"""What binds a process: the modes of files, which do not bind root, and a limit of descriptors."""

import contextlib
import os

NOBODY = 65534


@contextlib.contextmanager
def as_its_owner():
    """Act as the owner of `bound_folder`: root may do everything, so root steps down for a while."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


@contextlib.contextmanager
def no_descriptor_left():
    """This process may open nothing more, and has opened what it may."""
    import resource

    limits, taken = resource.getrlimit(resource.RLIMIT_NOFILE), []
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(256, limits[1]), limits[1]))
    try:
        with contextlib.suppress(OSError):
            while True:
                taken.append(os.open(os.devnull, os.O_RDONLY))
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)
        for each in taken:
            os.close(each)
