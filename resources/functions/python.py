# Lambda's Python runtime as Millrace runs it: one function in a process of its own. Requests come as lines of JSON on standard input;
# answers and log lines go out as lines of JSON on descriptor 3. Arguments: the function's folder, its handler, its memory in MiB, and
# the folder that stands for /opt, where it has layers.
import builtins
import importlib
import io
import ipaddress
import json
import os
import sys
import time
import traceback

DIRECTORY, HANDLER = sys.argv[1], sys.argv[2]
LAYERS = sys.argv[4] if len(sys.argv) > 4 else None
OUT = os.fdopen(3, "wb", buffering=0)
IN = os.fdopen(os.dup(0), "rb")


def send(message):
    data = memoryview((json.dumps(message) + "\n").encode("utf-8", "replace"))
    while data:
        data = data[OUT.write(data) :]


class Output(io.TextIOBase):
    """What a function prints, line by line, in order with its answers."""

    rest = ""

    def writable(self):
        return True

    def write(self, text):
        lines, end, self.rest = (self.rest + text).rpartition("\n")
        if end:
            send({"type": "log", "text": lines + end})
        return len(text)

    def finish(self):
        if self.rest:
            self.write("\n")


class Context:
    function_name = os.environ.get("AWS_LAMBDA_FUNCTION_NAME")
    function_version = os.environ.get("AWS_LAMBDA_FUNCTION_VERSION")
    memory_limit_in_mb = os.environ.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE")
    log_group_name = os.environ.get("AWS_LAMBDA_LOG_GROUP_NAME")
    log_stream_name = os.environ.get("AWS_LAMBDA_LOG_STREAM_NAME")
    identity = None

    def __init__(self, request):
        self.aws_request_id = request["requestId"]
        self.invoked_function_arn = request["functionArn"]
        self.client_context = request.get("clientContext")
        self._deadline_ms = request["deadlineMs"]

    def get_remaining_time_in_millis(self):
        return max(0, int(self._deadline_ms - time.time() * 1000))


def describe(error):
    return {
        "errorType": type(error).__name__,
        "errorMessage": str(error),
        "stackTrace": traceback.format_tb(error.__traceback__)[1:],
    }


def real(path):
    return os.path.realpath(os.fsdecode(path))


def guard():
    """Python has no permission model. An audit hook stops what a function does by Python's own means; native code could get past it."""
    readable = [real(path) for path in {DIRECTORY, LAYERS, os.path.dirname(os.__file__), *sys.path} if path]
    readable += ["/dev/null", "/dev/urandom", "/usr/share/zoneinfo", "/etc/localtime"]
    refused = (
        "os.fork", "os.forkpty", "os.exec", "os.spawn", "os.posix_spawn", "os.system", "os.startfile", "os.kill", "os.killpg",
        "subprocess.Popen", "pty.spawn", "ctypes.dlsym", "ctypes.dlsym/handle", "ctypes.call_function", "signal.pthread_kill", "sqlite3.connect",
        "os.remove", "os.rename", "os.rmdir", "os.mkdir", "os.link", "os.symlink", "os.chmod", "os.chown", "os.truncate", "os.utime",
    )  # fmt: skip

    def refuse_process(*_):
        raise PermissionError("Starting a process is refused to a function")

    # It raises no event of its own, and what is above it is Python that a function may leave out.
    try:
        import _posixsubprocess

        _posixsubprocess.fork_exec = refuse_process
    except ImportError:
        pass

    def may_read(path):
        # A descriptor is one that was opened before.
        if isinstance(path, int):
            return True
        path = real(path)
        return any(path == root or path.startswith(root + os.sep) for root in readable)

    def hook(event, args):
        if event in refused:
            raise PermissionError(f"{event} is refused to a function")
        if event == "open":
            path, mode, flags = args
            writes = (mode and any(letter in mode for letter in "wax+")) or (flags or 0) & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
            if path is not None and not isinstance(path, int) and (not may_read(path) or (writes and real(path) != "/dev/null")):
                raise PermissionError(f"A function reads files of its own folder only, and writes none: {os.fsdecode(path)}")
        elif event in ("os.listdir", "os.scandir") and args[0] is not None and not may_read(args[0]):
            raise PermissionError(f"A function lists its own folder only: {os.fsdecode(args[0])}")
        elif event == "ctypes.dlopen" and args[0]:
            raise PermissionError("Loading a library is refused to a function")
        elif event in ("socket.connect", "socket.sendto", "socket.sendmsg"):
            address = args[1]
            host = address[0] if isinstance(address, tuple) else address
            if not isinstance(address, tuple) or not loopback(host):
                raise PermissionError(f"A function reaches this machine's loopback addresses only, not {host!r}")

    sys.addaudithook(hook)


def mount():
    """Layers are found under /opt, as in Lambda: this machine has no such folder of a function's own, so that paths are led to where they lie."""
    version = os.environ["AWS_EXECUTION_ENV"].rpartition("_")[2]
    sys.path[0:0] = [os.path.join(LAYERS, "python"), os.path.join(LAYERS, "python", "lib", version, "site-packages")]

    def lead(path):
        text = os.fspath(path) if isinstance(path, (str, os.PathLike)) else None
        return LAYERS + text[4:] if isinstance(text, str) and (text == "/opt" or text.startswith("/opt/")) else path

    def led(original):
        def call(*args, **named):
            return original(lead(args[0]), *args[1:], **named) if args else original(**named)

        return call

    builtins.open = io.open = led(io.open)
    for name in ("open", "stat", "lstat", "access", "listdir", "scandir"):
        setattr(os, name, led(getattr(os, name)))


def loopback(host):
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def limit():
    try:
        import resource
    except ImportError:
        return
    # Address space is more than what is used of it: this is the far bound, Millrace watches the near one.
    size = int(sys.argv[3]) * 1024 * 1024 + 512 * 1024 * 1024
    resource.setrlimit(resource.RLIMIT_AS, (size, size))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def unusable(kind, message, trace=()):
    send({"type": "fatal", "error": {"errorType": kind, "errorMessage": message, "stackTrace": list(trace)}})
    os._exit(1)


def load():
    module_name, _, name = HANDLER.rpartition(".")
    if not module_name:
        unusable("Runtime.MalformedHandlerName", f"Bad handler '{HANDLER}': not enough values to unpack (expected 2, got 1)")
    try:
        module = importlib.import_module(module_name.replace("/", "."))
    except SyntaxError as error:
        unusable("Runtime.UserCodeSyntaxError", f"Syntax error in module '{module_name}': {error}")
    except ImportError as error:
        unusable("Runtime.ImportModuleError", f"Unable to import module '{module_name}': {error}")
    except BaseException as error:
        unusable(type(error).__name__, str(error), traceback.format_tb(error.__traceback__)[1:])
    handler = getattr(module, name, None)
    if handler is None:
        unusable("Runtime.HandlerNotFound", f"Handler '{name}' missing on module '{module_name}'")
    return handler


def main():
    sys.stdout = sys.stderr = Output()
    sys.stdin = io.StringIO("")
    sys.dont_write_bytecode = True
    if LAYERS:
        mount()
    sys.path.insert(0, DIRECTORY)
    limit()
    guard()
    handler = load()
    send({"type": "ready", "version": sys.version.split()[0]})
    for line in IN:
        request = json.loads(line)
        answer = {"requestId": request["requestId"]}
        try:
            result = handler(json.loads(request["event"]), Context(request))
            answer.update(type="done", result=json.dumps(result))
        except SystemExit:
            raise
        except BaseException as error:
            answer.update(type="failed", error=describe(error))
        sys.stdout.finish()
        send(answer)


main()
