"""What is installed elsewhere does the main job, and brings all that it needs."""

from __future__ import annotations

import re
import subprocess
import sys
import sysconfig
import tomllib
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run([sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder], cwd=ROOT, check=True, capture_output=True)
    [path] = folder.iterdir()
    return path


@pytest.mark.slow
def test_an_installed_wheel_does_the_main_job_in_any_folder(wheel: Path, tmp_path: Path) -> None:
    venv.create(tmp_path / "venv", with_pip=False)
    python = tmp_path / "venv" / "bin" / "python"
    install = ["-m", "pip", "--python", str(python), "install", "--quiet", "--no-deps", "--no-index", "--disable-pip-version-check", str(wheel)]
    subprocess.run([sys.executable, *install], check=True, capture_output=True)
    [packages] = (tmp_path / "venv" / "lib").glob("*/site-packages")
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib"), encoding="utf-8")  # without what its own .pth files name
    where = [python, "-c", "import kg, pathlib; print(pathlib.Path(kg.__file__).parent)"]
    package = Path(subprocess.run(where, cwd=tmp_path, check=True, capture_output=True, text=True).stdout.strip())
    assert package.is_relative_to(tmp_path)
    command = [tmp_path / "venv" / "bin" / "kg", "build", package / "sample" / "openai-pinterest.txt"]
    done = subprocess.run(command, cwd=tmp_path, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    for name in ("graph.ttl", "graph.trig", "graph.html", "report.md"):
        assert (tmp_path / "kg-out" / name).read_bytes() == (ROOT / "exports" / name).read_bytes()


@pytest.mark.slow
def test_the_wheel_stays_small(wheel: Path) -> None:
    assert wheel.stat().st_size <= 95_000_000


@pytest.mark.slow
def test_the_wheel_holds_the_package_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if ".dist-info/" not in name}
    tracked = {
        f"kg/{path.relative_to(ROOT / 'kg').as_posix()}" for path in (ROOT / "kg").rglob("*") if path.is_file() and "__pycache__" not in path.parts
    }
    ontology = {f"kg/ontology/{path.relative_to(ROOT / 'ontology').as_posix()}" for path in (ROOT / "ontology").rglob("*") if path.is_file()}
    assert {"kg/ontology/kg.ttl", "kg/ontology/shapes.ttl", "kg/ontology/gazetteer.ttl", "kg/ontology/concepts.ttl"} <= ontology
    assert names == tracked | ontology


def test_the_lock_file_pins_every_dependency_by_hash() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = {re.split(r"[<>=]", one)[0] for one in (*project["dependencies"], *project["optional-dependencies"]["dev"])}
    entries = re.findall(r"^([\w.-]+)==.*((?:\n    --hash=sha256:[0-9a-f]{64}.*)*)", (ROOT / "requirements.lock").read_text(encoding="utf-8"), re.M)
    assert wanted <= {name for name, _ in entries}
    assert [name for name, hashes in entries if not hashes] == []
