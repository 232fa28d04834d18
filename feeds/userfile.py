"""A Python file of the user's: run as a module of its own, and where in one something failed."""

import linecache
import re
import sys
from pathlib import Path
from types import CodeType, ModuleType
from zlib import crc32

from feeds.errors import ConfigError, system_reason

PREFIX = "tapetop_plugin_"
"""What the names of such modules begin with."""


def run(path: Path) -> ModuleType:
    """Run a file from its beginning and return it as a module; what it raises is raised.

    Nothing is written beside it, and a file that changed since is read anew.
    """
    whole = path.absolute()
    try:
        source = whole.read_bytes()
    except OSError as error:
        raise ConfigError(f"{path}: {system_reason(error)}") from error
    module = ModuleType(_name(whole))
    module.__file__ = str(whole)
    linecache.checkcache(str(whole))
    # Dataclasses look their module up by its name while they are made.
    sys.modules[module.__name__] = module
    try:
        exec(_compile(source, whole), module.__dict__)
    except BaseException:
        del sys.modules[module.__name__]
        raise
    return module


def place(error: BaseException) -> str:
    """`FILE:LINE` of the user's code that an error comes from; empty where it is of ours."""
    if isinstance(error, SyntaxError) and error.filename and error.__traceback__ is not None:
        return f"{error.filename}:{error.lineno or 1}" if _compiled(error) else ""
    found, trace = "", error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        if str(trace.tb_frame.f_globals.get("__name__", "")).startswith(PREFIX):
            found = f"{code.co_filename}:{trace.tb_lineno}"
        trace = trace.tb_next
    return found


def told(error: BaseException) -> str:
    """An error in words, with its place where that is in the user's code."""
    words = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    if isinstance(error, SyntaxError):
        words = f"{type(error).__name__}: {error.msg}"
    where = place(error)
    return f"{where}: {words}" if where else words


def _compile(source: bytes, path: Path) -> CodeType:
    try:
        return compile(source, str(path), "exec")
    except SyntaxError as error:
        error.filename = error.filename or str(path)  # of bytes that are no text Python says none
        raise


def _compiled(error: SyntaxError) -> bool:
    """Whether it was met while a file of the user's was compiled."""
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_globals.get("__name__") == __name__:
            return True
        trace = trace.tb_next
    return False


def _name(path: Path) -> str:
    """A name for the module: of one file always the same, of two never."""
    word = re.sub(r"\W", "_", path.stem, flags=re.ASCII)
    return f"{PREFIX}{word}_{crc32(str(path).encode()):08x}"
