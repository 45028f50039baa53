# SPDX-License-Identifier: MIT
"""Completion in bash, zsh and fish: the scripts of `kqtop __complete SHELL`, asked by the
shells themselves. What is offered is compared with what the program takes, so that a new
command or option needs no edit here."""

import re
import shlex
import shutil
import subprocess

import pexpect
import pytest

from cli_kqtop import LIMIT_S, PRESETS, environment, kqtop

SHELLS = ["bash", "zsh", "fish"]
TUNABLES = ["--timers", "--sockets", "--watchers", "--timeout", "--stimulus", "--write",
            "--phase", "--dither", "--watch-dir", "--preset", "--backend", "--collection",
            "--cpu", "--priority", "--mlock", "--slack", "--strict"]

# The words as bash's readline would hand them over; the reply a line.
BASH = """
source "$1"; shift
COMP_WORDS=("$@"); COMP_CWORD=$(( $# - 1 )); COMP_LINE="$*"; COMP_POINT=${#COMP_LINE}
_kqtop kqtop "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD-1]}" || exit
(( ${#COMPREPLY[@]} == 0 )) || printf '%s\\n' "${COMPREPLY[@]}"
"""

# zsh completes in its line editor only: a shell of its own on a terminal of its own types
# the line, asks for the list and prints what was added, which compadd is made to tell.
ZSH = """
autoload -U compinit; compinit -u -D; source {script}
zstyle ':completion:*' menu no
unsetopt beep list_beep always_last_prompt
compadd() {{
  local -a hits; local t=; local a
  for a in "$@"; do [[ $a == -(O|A|D) ]] && {{ builtin compadd "$@"; return; }}; done
  builtin compadd -A hits "$@"
  print -rl -- $hits >>{out}
  builtin compadd "$@"
}}
done-now() {{ print -r -- DONE >>{out} }}
zle -N done-now; bindkey '^X^X' done-now
PS1=READY:
"""


def words_of_bash(line):
    """How readline breaks a line: at blanks, and around "="."""
    words = re.findall(r"=|[^\s=]+", line)
    return words + [""] if line.endswith((" ", "=")) else words


class Completer:
    """offers(line) -> the set of words that a shell would put at the end of line."""

    def __init__(self, shell, folder):
        self.shell, self.folder = shell, folder
        self.script = folder / f"kqtop.{shell}"
        made = kqtop("__complete", shell)
        assert (made.returncode, made.stderr) == (0, "")
        self.script.write_text(made.stdout)

    def offers(self, line):
        return set(getattr(self, f"ask_{self.shell}")(line))

    def ask_bash(self, line):
        return self.run("bash", "--norc", "-c", BASH, "bash", self.script, *words_of_bash(line))

    def ask_fish(self, line):
        command = f"source {self.script}; complete -C {shlex.quote(line)}"
        # word TAB help; of --name=value fish says the whole word
        words = [text.split("\t")[0] for text in self.run("fish", "--no-config", "-c", command)]
        return [word.split("=", 1)[1] if "=" in line.split(" ")[-1] else word for word in words]

    def ask_zsh(self, line):
        out, setup = self.folder / "zsh.out", self.folder / "zsh.setup"
        out.write_text("")
        setup.write_text(ZSH.format(script=self.script, out=out))
        child = pexpect.spawn("zsh", ["-f", "-i"], cwd=str(self.folder), timeout=LIMIT_S,
                              env=environment(TERM="dumb", PS1="", HOME=str(self.folder),
                                              XDG_CONFIG_HOME=str(self.folder)))
        try:
            child.sendline(f"source {setup}")
            child.expect("READY:")
            child.send(line + "\t\x18\x18")
            while "DONE" not in out.read_text():
                child.expect([r".+", pexpect.TIMEOUT], timeout=0.05)
        finally:
            child.close(force=True)
        return [word for word in out.read_text().split("\n") if word not in ("", "DONE")]

    def run(self, *command):
        done = subprocess.run([str(word) for word in command], cwd=self.folder, text=True,
                              capture_output=True, timeout=LIMIT_S, check=False,
                              env=environment(HOME=str(self.folder), XDG_CONFIG_HOME=str(self.folder)))
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout.splitlines()


@pytest.fixture(params=SHELLS)
def shell(request, tmp_path):
    if not shutil.which(request.param):
        pytest.skip(f"no {request.param} here")
    (tmp_path / "some.bin").write_text("x")
    (tmp_path / "some folder").mkdir()
    return Completer(request.param, tmp_path)


def commands():
    """What `kqtop help` lists."""
    return re.findall(r"^  (\w+) ", kqtop("help").stdout, re.MULTILINE)


def options(command):
    """{--name: metavariable or None} by the command's own help."""
    found = {}
    for line in kqtop(command, "--help").stdout.splitlines():
        match = re.match(r"^  (?:-\w, )?(--[\w-]+)(?:(?: |\[=)(\S+?)\]?)?(?:\s\s|$)", line)
        if match:
            found[match[1]] = match[2]
    assert "--help" in found
    return found


def test_commands(shell):
    assert set(commands()) | {"help"} == shell.offers("kqtop ")
    assert shell.offers("kqtop coll") == {"collect"}
    assert set(commands()) <= shell.offers("kqtop help ")


def test_every_option_of_every_command(shell):
    for command in commands():
        offered = shell.offers(f"kqtop {command} --")
        assert {word.rstrip("=") for word in offered} == set(options(command)), command


def test_tunables_also_without_a_command(shell):
    offered = {word.rstrip("=") for word in shell.offers("kqtop --")}
    assert set(TUNABLES) <= offered
    assert shell.offers("kqtop --timers 4 --timeo") == {"--timeout"}


def test_presets_write_modes_backends(shell):
    backends = kqtop("info").stdout.split("back ends")[1].splitlines()[0]
    assert shell.offers("kqtop --preset ") == set(PRESETS)
    assert shell.offers("kqtop collect --preset s") >= {"seed", "spin", "storm", "sockets"}
    assert shell.offers("kqtop live --write ") == {"driven", "edge", "level"}
    assert shell.offers("kqtop --write=") == {"driven", "edge", "level"}
    assert shell.offers("kqtop collect --backend ") == set(backends.replace(",", " ").split())
    assert shell.offers("kqtop --dither=") == {"on", "off"}


def test_own_presets_of_the_configuration_file(shell):
    (shell.folder / "kqtop").mkdir()
    (shell.folder / "kqtop/config").write_text(
        "[kqtop]\ntimers = 1\n[preset mine-2]\n#[preset no]\n  [preset  a.b ]\n[preset x.y] ; c\n")
    assert shell.offers("kqtop --preset ") == set(PRESETS) | {"mine-2", "x.y"}
    assert shell.offers("kqtop live --theme ") == {"default", "light", "contrast", "mono"}


def test_formats_and_streams(shell):
    assert shell.offers("kqtop collect --format ") == {"raw", "hex", "base64", "timings"}
    assert shell.offers("kqtop collect --stream ") == {"seed", "low8", "lsb", "notification"}


def test_kinds_of_load(shell):
    assert shell.offers("kqtop bench --load ") == {"cpu", "memory", "fork", "sockets", "files",
                                                   "timers"}


def test_nothing_where_a_number_is_expected(shell):
    assert shell.offers("kqtop --timers ") == set()
    assert shell.offers("kqtop collect -n ") == set()


def test_files_and_folders(shell):
    found = shell.offers("kqtop assess ")
    assert {"some.bin"} <= found and not any(word.startswith("--") for word in found)
    assert "some.bin" in shell.offers("kqtop collect -o ")
    assert "some.bin" in shell.offers("kqtop --config ")
    folders = {word.replace("\\", "").rstrip("/") for word in shell.offers("kqtop --watch-dir ")}
    assert "some folder" in folders and "some.bin" not in folders


def test_every_value_offered_is_taken():
    """Of all options: the program knows each value that a script offers for it."""
    script = kqtop("__complete", "bash").stdout
    for command in commands():
        table = script.split(f"\t{command})\n", 1)[1].split("\t\t;;", 1)[0]
        rows = re.findall(r"_kqtop_option (\S+) '\w?' (?:maybe|value) values '([^']*)'", table)
        longest = max([len(values.split()) for _, values in rows], default=0)
        for i in range(longest):  # the i-th value of every option at once
            given = [f"--{name}={values.split()[i % len(values.split())]}"
                     for name, values in rows]
            done = kqtop(command, *given, "--help")
            assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("args", [[], ["tcsh"], ["bash", "zsh"]])
def test_other_shells_are_refused(args):
    done = kqtop("__complete", *args)
    assert done.returncode == 2
    assert done.stderr == "kqtop: usage: kqtop __complete bash|zsh|fish\n"


def test_bash_at_the_prompt(tmp_path):
    """Through readline: the word is put on the line, a blank or none after it."""
    (tmp_path / "script").write_text(kqtop("__complete", "bash").stdout)
    child = pexpect.spawn("bash", ["--norc", "--noprofile", "-i"], cwd=str(tmp_path),
                          timeout=LIMIT_S, encoding="utf-8",
                          env=environment(TERM="dumb", PS1="READY:", HOME=str(tmp_path),
                                          XDG_CONFIG_HOME=str(tmp_path)))
    try:
        child.expect("READY:")
        child.sendline("bind 'set enable-bracketed-paste off'; source ./script")
        child.expect("READY:")
        child.sendline("kqtop() { printf '<%s>' \"$@\"; }")
        child.expect("READY:")
        child.sendline("kqtop coll\t--pres\tstor\t--write=dri\t")
        child.expect_exact("<collect><--preset><storm><--write=driven>")
    finally:
        child.close(force=True)
