"""Shell completion through click, with scripts of our own.

click's scripts differ from release to release, and those for bash break a word at `@`, which is in every NSID. So each
of ours sends the line up to the cursor, and gets a line for each candidate: type, value and help, with tabs between.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click
from click.shell_completion import (
    BashComplete,
    CompletionItem,
    FishComplete,
    ShellComplete,
    ZshComplete,
    split_arg_string,
)

from ..errors import UsageError
from .text import plain

_CURSOR = "\0"  # cannot be on a line, and marks where the word ends that is being typed

_BASH = """\
%(complete_func)s() {
    local type value more line=${COMP_LINE:0:COMP_POINT} program=$1 alias=${BASH_ALIASES[$1]-}
    COMPREPLY=()
    # An alias stands for the end of its text, and only a program of this name is started.
    if [[ $alias == *%(prog_name)s* ]]; then
        line=%(prog_name)s${alias##*%(prog_name)s}${line#"$1"} program=${alias%%%(prog_name)s*}
        program=${program##* }%(prog_name)s
    fi
    program=${program/#\\~/$HOME} program=${program//\\\\/}
    [[ $program == */%(prog_name)s && -x $program ]] || program=%(prog_name)s
    while IFS=$'\\t' read -r type value more; do
        case $type in
            dir) compopt -o dirnames ;;
            file) compopt -o default ;;
            plain)
                COMPREPLY+=("$value")
                # Lets bash quote what has a space in it.
                [[ $value == *' '* ]] && compopt -o filenames
                ;;
        esac
    done < <(COMP_LINE="$line" COMP_WORD="$2" %(complete_var)s=bash_complete command "$program" 2>/dev/null)
}
complete -o nosort -F %(complete_func)s %(prog_name)s
"""

_ZSH = """\
#compdef %(prog_name)s
%(complete_func)s() {
    local type value more
    local -a bare described
    local program=${(Q)words[1]/#\\~/$HOME}
    [[ $program == */%(prog_name)s && -x $program ]] || program=%(prog_name)s
    while IFS=$'\\t' read -r type value more; do
        case $type in
            dir) [[ -n $more ]] && compset -P '*='; _path_files -/ ;;
            file) [[ -n $more ]] && compset -P '*='; _path_files ;;
            plain) if [[ -n $more ]]; then described+=("${value//:/\\\\:}:$more"); else bare+=("$value"); fi ;;
        esac
    done < <(COMP_LINE="${words[1,CURRENT-1]} $QIPREFIX$PREFIX" %(complete_var)s=zsh_complete \\
        command $program 2>/dev/null)
    (( $#described )) && _describe -V %(prog_name)s described -U
    (( $#bare )) && compadd -U -V %(prog_name)s -a bare
}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
    %(complete_func)s "$@"
else
    compdef %(complete_func)s %(prog_name)s
fi
"""

_FISH = """\
function %(complete_func)s
    set -l line (commandline -cp)
    set -l program (string replace -r '^~(?=/)' $HOME (commandline -opc)[1])
    string match -q '*/%(prog_name)s' -- $program; and test -x $program; or set program %(prog_name)s
    for each in (COMP_LINE="$line" %(complete_var)s=fish_complete command $program 2>/dev/null)
        set -l part (string split \\t -- $each)
        switch $part[1]
            case dir
                string replace -r '^' -- "$part[3]" (__fish_complete_directories "$part[2]")
            case file
                string replace -r '^' -- "$part[3]" (__fish_complete_path "$part[2]")
            case plain
                string join \\t -- $part[2..-1]
        end
    end
end
complete --no-files --command %(prog_name)s --arguments "(%(complete_func)s)"
"""


class _Ours(ShellComplete):
    """The base of the three."""

    def source(self) -> str:
        """Return the script, without asking the shell for its version."""
        return ShellComplete.source(self)

    @property
    def environ(self) -> Mapping[str, str]:
        """The environment, which the script has set up."""
        environ: Mapping[str, str] = self.ctx_args["obj"].environ
        return environ

    def get_completion_args(self) -> tuple[list[str], str]:
        """Return the words before the one that is being typed, and that word up to the cursor."""
        words = split_arg_string(self.environ.get("COMP_LINE", "") + _CURSOR)
        return words[1:-1], words[-1].removesuffix(_CURSOR)

    def get_completions(self, args: list[str], incomplete: str) -> list[CompletionItem]:
        """Find them as click does; after `--option=` the candidates are whole words again."""
        option, equals, _ = incomplete.partition("=")
        joined = f"{option}=" if equals and option.startswith("--") and "--" not in args else ""
        found = super().get_completions(args, incomplete)
        return [_joined(joined, item) for item in found] if joined else found

    def format_completion(self, item: CompletionItem) -> str:
        """Write a line: type, value and help."""
        return "\t".join((item.type, plain(str(item.value)), plain(item.help or ""))).rstrip("\t")


def _joined(option: str, item: CompletionItem) -> CompletionItem:
    if item.type == "plain":
        return CompletionItem(f"{option}{item.value}", help=item.help)
    return CompletionItem(item.value, type=item.type, help=option)  # the shell finds the files, and needs the option


class _Bash(_Ours, BashComplete):
    source_template = _BASH

    def format_completion(self, item: CompletionItem) -> str:
        """Leave out the part up to a `@`, `=` or `:`, where bash begins a word of its own and keeps the rest."""
        typed, bashs = self.get_completion_args()[1], self.environ.get("COMP_WORD", "")
        if item.type == "plain" and typed.endswith(bashs):
            item = CompletionItem(str(item.value)[len(typed) - len(bashs) :])
        return super().format_completion(item)


class _Zsh(_Ours, ZshComplete):
    source_template = _ZSH


class _Fish(_Ours, FishComplete):
    source_template = _FISH


_CLASSES: dict[str, type[_Ours]] = {"bash": _Bash, "zsh": _Zsh, "fish": _Fish}
SHELLS = tuple(_CLASSES)
_VARIABLE = "_FLICKR_AUTH_COMPLETE"


def script(cli: click.Command, program: str, shell: str) -> str:
    """Return the script that the shell has to source."""
    return _CLASSES[shell](cli, {}, program, _VARIABLE).source()


def answer(cli: click.Command, ctx_args: dict[str, Any], program: str, instruction: str) -> None:
    """Answer a shell: print the script for `SHELL_source`, candidates for `SHELL_complete`."""
    shell, _, what = instruction.partition("_")
    if shell not in _CLASSES or what not in ("source", "complete"):
        raise UsageError(f"{_VARIABLE} has an invalid value: '{instruction}'.", f"Fix: unset {_VARIABLE}")
    console = ctx_args["obj"].console
    if what == "source":
        console.answer(script(cli, program, shell), end="")
    else:
        console.answer(_CLASSES[shell](cli, ctx_args, program, _VARIABLE).complete())
