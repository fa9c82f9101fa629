"""The command line of `starcoder-mcp models`."""

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

from mcp_server.models.numbers import above_zero

_EXIT_INTERRUPTED = 130


def run(argv: Sequence[str]) -> int:
    """Run one of its verbs and return the exit code.

    Returns:
        0 done; 1 it does not fit, or a file is not what was published; 2 a bad flag, name or file;
        4 the hub cannot be reached or refused; 130 interrupted; 141 the reader of its output left.
    """
    try:
        arguments = build_parser().parse_args(argv)
    except SystemExit as exit_:
        return exit_.code if isinstance(exit_.code, int) else 2
    from model_backends.errors import BackendError
    from service.outputs import BROKEN_PIPE, abandon_output
    from service.settings import SettingsError

    verb = import_module(f"mcp_server.models.{arguments.module}")
    try:
        code: int = getattr(verb, arguments.verb)(arguments)
        sys.stdout.flush()
    except (BackendError, SettingsError) as error:
        print(f"starcoder-mcp models: {error}", file=sys.stderr)
        return error.exit_code
    except BrokenPipeError:
        abandon_output()
        return BROKEN_PIPE
    except OSError as error:
        where = f" {error.filename!r}" if error.filename else ", such as standard output"
        print(f"starcoder-mcp models: cannot use a file{where}: {error.strerror}", file=sys.stderr)
        abandon_output()
        return 2
    except KeyboardInterrupt:
        if arguments.verb == "pull":
            print(
                "\nstarcoder-mcp models: interrupted; the same command goes on from here",
                file=sys.stderr,
            )
        return _EXIT_INTERRUPTED
    return code


def build_parser() -> argparse.ArgumentParser:
    """The parser of all verbs."""
    parser = argparse.ArgumentParser(
        prog="starcoder-mcp models",
        description="Models: what they take, downloading them, what is on this disk.",
        epilog="exit codes: 0 done, 1 it does not fit or a file is not what was published, "
        "2 a bad flag, name or file, 4 the hub cannot be reached or refused, 130 interrupted",
        allow_abbrev=False,
    )
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
    _add_fit(verbs)
    _add_pull(verbs)
    listing = verbs.add_parser("list", help="the models on this disk, and what uses them")
    listing.set_defaults(module="listing", verb="list_models")
    listing.add_argument("--config", type=Path, metavar="F", help="the server's YAML settings")
    listing.add_argument("--json", action="store_true", help="print one JSON object")
    path = verbs.add_parser("path", help="print where a model is")
    path.set_defaults(module="listing", verb="path_of")
    path.add_argument("model", metavar="NAME[@REVISION]", help="as `pull` takes it")
    rm = verbs.add_parser("rm", help="delete a model from this disk")
    rm.set_defaults(module="listing", verb="remove")
    rm.add_argument("model", metavar="NAME[@REVISION]", help="as `pull` takes it")
    return parser


def _add_fit(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    fit = verbs.add_parser(
        "fit",
        help="compute what models take, and whether they fit a GPU together",
        description="Compute from their configurations what models take, and whether they fit "
        "a GPU together.",
    )
    fit.set_defaults(module="fit", verb="fit")
    fit.add_argument(
        "models",
        nargs="*",
        metavar="MODEL",
        help="known names, ids of a hub, or directories with a config.json; "
        "without any: StarCoder2-7B and Mistral-7B-Instruct-v0.2",
    )
    number = above_zero(float)
    count = above_zero(int)
    fit.add_argument("--vram", type=number, metavar="GIB", help="memory of the GPU in GiB")
    fit.add_argument(
        "--context", type=count, default=4096, metavar="N", help="tokens of a request (4096)"
    )
    fit.add_argument(
        "--parallel", type=count, default=1, metavar="N", help="requests at once a model (1)"
    )
    fit.add_argument(
        "--quantization", choices=("nf4", "int8", "none"), default="nf4", help="nf4 unless set"
    )
    fit.add_argument(
        "--reserve",
        type=number,
        default=0.75,
        metavar="GIB",
        help="allowance a process for CUDA, its kernels and activations, not computed (0.75)",
    )
    fit.add_argument("--json", action="store_true", help="print one JSON object")


def _add_pull(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    pull = verbs.add_parser(
        "pull",
        help="download a model, or go on with a download",
        description="Download a model into the hub's cache (HF_HOME), checked by size and hash. "
        "An interrupted download goes on where it stopped. HF_TOKEN is sent to the hub if set.",
    )
    pull.set_defaults(module="pull", verb="pull")
    pull.add_argument(
        "model",
        nargs="?",
        metavar="NAME[@REVISION]",
        help="a known name, OWNER/NAME, or hf:OWNER/NAME/FILE.gguf; without one: those known",
    )
