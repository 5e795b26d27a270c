"""What `make` does before anything else: with stand-ins for Python that write down how they were called."""

import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LOCKS = ("requirements.txt", "requirements-dev.txt")

# A Python that knows its version, whether it has ensurepip, and whether pip works; `-m venv` copies it into the new
# environment, as the real one does.
STAND_IN = """#!/bin/sh
echo "$*" >>"{calls}"
case "$*" in
  *version_info*) exit {too_old} ;;
  *"import ensurepip"*) exit {no_ensurepip} ;;
  --version) echo "Python {version}" ;;
  "-m venv"*) mkdir -p .venv/bin && cp "$0" .venv/bin/python ;;
  *"pip install"*) exit {no_pip} ;;
esac
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Checkout:
    folder: Path
    bin: Path

    @property
    def calls(self) -> list[str]:
        path = self.folder / "calls"
        return path.read_text(encoding="utf-8").splitlines() if path.exists() else []

    def put_python(self, name: str, *, version: str = "3.11.2", ensurepip: bool = True, pip: bool = True) -> None:
        script = STAND_IN.format(
            calls=self.folder / "calls",
            version=version,
            too_old=int(version.startswith(("2.", "3.9", "3.10"))),
            no_ensurepip=int(not ensurepip),
            no_pip=int(not pip),
        )
        path = self.bin / name
        path.write_text(script, encoding="utf-8")
        path.chmod(0o755)

    def make(self, *words: str) -> subprocess.CompletedProcess[str]:
        environment = {"PATH": str(self.bin), "HOME": str(self.folder)}
        return subprocess.run(
            ["make", *words], cwd=self.folder, env=environment, capture_output=True, text=True, check=False
        )

    def installs(self) -> list[str]:
        return [call.split()[-1] for call in self.calls if "pip install" in call]


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    """Give a folder with a space in its name and a machine that has nothing but make's own tools."""
    made = Checkout(folder=tmp_path / "my bot", bin=tmp_path / "bin")
    made.folder.mkdir()
    made.bin.mkdir()
    for name in ("Makefile", *LOCKS):
        shutil.copy(ROOT / name, made.folder)
    for tool in ("sh", "make", "cmp", "cp", "mkdir", "touch", "sed", "expand", "cat"):
        found = shutil.which(tool)
        assert found is not None
        (made.bin / tool).symlink_to(found)
    return made


def test_an_old_python_is_named_with_what_to_install(checkout: Checkout) -> None:
    checkout.put_python("python3", version="3.9.2")
    answer = checkout.make("runtime")
    assert answer.returncode != 0
    assert "Python 3.11 or newer is needed; here python3 is Python 3.9.2." in answer.stderr
    assert not (checkout.folder / ".venv").exists()


def test_no_python_at_all_is_named_too(checkout: Checkout) -> None:
    answer = checkout.make("runtime")
    assert answer.returncode != 0
    assert "Python 3.11 or newer is needed" in answer.stderr
    assert "make PYTHON=" in answer.stderr


def test_a_newer_python_under_its_own_name_is_found(checkout: Checkout) -> None:
    checkout.put_python("python3", version="3.9.2")
    checkout.put_python("python3.12", version="3.12.1")
    answer = checkout.make("runtime")
    assert (answer.returncode, answer.stderr) == (0, "")
    assert "Making .venv with Python 3.12.1" in answer.stdout


def test_a_person_may_name_the_python(checkout: Checkout) -> None:
    checkout.put_python("python3")
    checkout.put_python("mine", version="3.13.0")
    assert "Python 3.13.0" in checkout.make("runtime", "PYTHON=mine").stdout


def test_a_python_without_ensurepip_is_told_with_the_package_that_has_it(checkout: Checkout) -> None:
    checkout.put_python("python3", ensurepip=False)
    answer = checkout.make("runtime")
    assert answer.returncode != 0
    assert "has no ensurepip" in answer.stderr
    assert "apt-get install python3-venv" in answer.stderr


def test_what_is_installed_is_not_installed_again(checkout: Checkout) -> None:
    checkout.put_python("python3")
    assert checkout.make("runtime").returncode == 0
    again = checkout.make("runtime")
    assert (again.returncode, again.stdout, again.stderr) == (0, "", "")
    assert checkout.installs() == ["requirements.txt"]


def test_new_times_on_the_lock_file_change_nothing_and_new_pins_do(checkout: Checkout) -> None:
    checkout.put_python("python3")
    checkout.make("runtime")
    lock = checkout.folder / "requirements.txt"
    lock.touch()
    checkout.make("runtime")
    assert len(checkout.installs()) == 1
    lock.write_text(lock.read_text(encoding="utf-8") + "# a pin\n", encoding="utf-8")
    checkout.make("runtime")
    assert len(checkout.installs()) == 2


def test_an_install_that_failed_is_tried_again(checkout: Checkout) -> None:
    checkout.put_python("python3", pip=False)
    assert checkout.make("runtime").returncode != 0
    assert checkout.make("runtime").returncode != 0
    assert len(checkout.installs()) == 2


def test_the_development_lock_serves_the_bot_too(checkout: Checkout) -> None:
    checkout.put_python("python3")
    checkout.make("dev")
    checkout.make("runtime")
    assert checkout.installs() == ["requirements-dev.txt"]


def test_an_environment_that_was_not_made_to_its_end_is_made_anew(checkout: Checkout) -> None:
    checkout.put_python("python3")
    (checkout.folder / ".venv" / "bin").mkdir(parents=True)
    checkout.make("runtime")
    assert any(call.startswith("-m venv --clear") for call in checkout.calls)
    assert checkout.installs() == ["requirements.txt"]


def test_only_what_the_lock_names_by_hash_is_installed_and_nothing_is_compiled(checkout: Checkout) -> None:
    checkout.put_python("python3")
    checkout.make("runtime")
    (install,) = [call for call in checkout.calls if "pip install" in call]
    assert "--require-hashes --only-binary :all:" in install


def _pins(name: str) -> dict[str, str]:
    text = (ROOT / name).read_text(encoding="utf-8")
    return dict(re.findall(r"^([a-z0-9._-]+)(?:\[[a-z,]+\])?==(\S+)", text, re.MULTILINE))


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_file_names_no_address_and_a_hash_for_each_pin(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    assert "://" not in text
    assert not re.search(r"^\s*--(?!hash=sha256:)", text, re.MULTILINE)
    requirements = re.split(r"\n(?=[a-z0-9])", text)
    assert [one.split(" ")[0] for one in requirements if "==" in one and "--hash=sha256:" not in one] == []


def test_the_development_lock_holds_every_pin_of_the_runtime_lock() -> None:
    assert _pins("requirements.txt").items() <= _pins("requirements-dev.txt").items()
    assert len(_pins("requirements.txt")) > 20
