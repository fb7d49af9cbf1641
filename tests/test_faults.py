"""What happens to a machine happens to the report: killed, full, read-only, odd names, odd locales. It stays whole.

`pytest -m long tests/test_faults.py --kills 50` kills more runs.
"""

import hashlib
import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from random import Random

import psutil
import pytest

from reports import write_notebook

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(os.name == "nt", reason="Windows has neither signals nor limits of this kind"),
]
CODE = """
import pathlib, sys
from summit_analysis.report import site as report
from summit_analysis.base.errors import SummitAnalysisError
report.FIGURES = report.FIGURES[:1]  # the others are drawn alike
try:
    report.build(sys.argv[1], lang=sys.argv[2], notebooks=pathlib.Path(sys.argv[3]))
except SummitAnalysisError as error:
    sys.exit(f"error: {error}")
"""
ONE = "print('one')"
SECONDS = 180


def start(out, *, lang="en", notebooks, limits=None, **environment):
    """Begin to write a report in a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-c", CODE, str(out), lang, str(notebooks)],
        env={**os.environ, **environment},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=limits,  # noqa: PLW1509 (no threads here, and only a limit is set)
        start_new_session=True,
    )


def finish(process):
    _, complaint = process.communicate(timeout=SECONDS)
    return process.returncode, complaint


def fingerprint(folder):
    """A digest of every name and byte below a folder."""
    content = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        content.update(str(path.relative_to(folder)).encode())
        content.update(path.read_bytes() if path.is_file() else b"")
    return content.hexdigest()


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A folder with a notebook."""
    home = tmp_path_factory.mktemp("faults")
    write_notebook(home / "notebooks", "00-one", ONE)
    return home


@pytest.fixture(scope="module")
def run(home):
    def begin(out, **options):
        return start(out, **{"notebooks": home / "notebooks", **options})

    return begin


@pytest.fixture(scope="module")
def whole(home, run):
    """The fingerprints of the two reports that a run may leave, English or French at the top; how long a run takes."""
    assert finish(run(home / "whole-en")) == (0, "")
    # the second takes what has not changed, as each that follows
    shutil.copytree(home / "whole-en", home / "whole-fr")
    began = time.monotonic()
    assert finish(run(home / "whole-fr", lang="fr")) == (0, "")
    took = time.monotonic() - began
    prints = {lang: fingerprint(home / f"whole-{lang}") for lang in ("en", "fr")}
    assert prints["en"] != prints["fr"]
    return prints, took


def test_a_killed_run_leaves_the_old_report_or_the_new_one_and_no_litter(home, run, whole, request):
    prints, took = whole
    out, random = home / "killed" / "report", Random(7)
    shutil.copytree(home / "whole-en", out)
    seen = set()
    for number in range(request.config.getoption("--kills")):
        process = run(out, lang=("fr", "en")[number % 2])
        time.sleep(random.uniform(0.3, 1.05) * took)
        # the whole group: kernels too
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        seen.add(process.returncode)
        assert fingerprint(out) in prints.values(), f"kill {number}"
        # at most what each run left, under its hidden name
        left = [path for path in out.parent.iterdir() if path != out]
        assert len(left) <= number + 1
        assert all(path.name.startswith(".report-unfinished-") for path in left)
    assert -signal.SIGKILL in seen
    for path in left:
        # a day later it is swept
        os.utime(path, (time.time() - 90_000,) * 2)
    assert finish(run(out, lang="en")) == (0, "")
    assert fingerprint(out) == prints["en"]
    assert [path.name for path in out.parent.iterdir()] == ["report"]
    assert not [one for one in psutil.process_iter(["cmdline"]) if str(out) in " ".join(one.info["cmdline"] or [])]


def test_a_full_disk_leaves_the_old_report_and_says_so(home, run, whole):
    out, before = home / "full" / "report", whole[0]["en"]
    shutil.copytree(home / "whole-en", out)
    code, complaint = finish(run(out, limits=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))))
    assert code == 1
    assert complaint.startswith("error: cannot write ")
    assert "Traceback" not in complaint
    assert fingerprint(out) == before
    assert [path.name for path in out.parent.iterdir()] == ["report"]


@pytest.mark.skipif(os.name != "nt" and os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_cannot_be_written_is_said(home, run, whole):
    parent = home / "read-only"
    parent.mkdir()
    parent.chmod(0o555)
    code, complaint = finish(run(parent / "report"))
    assert code == 1
    assert complaint.startswith("error: cannot write ")


@pytest.mark.parametrize(
    "environment",
    [
        {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONIOENCODING": "latin-1"},
        {"HOME": "/nonexistent"},
    ],
    ids=["C", "no home"],
)
def test_locale_and_home_do_not_change_the_report(home, run, whole, environment, tmp_path):
    out = tmp_path / "report"
    code, complaint = finish(run(out, **environment))
    assert (code, complaint) == (0, "")
    assert fingerprint(out) == whole[0]["en"]


def test_blanks_and_accents_in_a_path_are_letters_like_others(run, whole, tmp_path):
    odd = tmp_path / "Été à Paris #1 100%"
    notebooks = write_notebook(odd / "cahiers d'été", "00-one", ONE)
    assert finish(run(odd / "le rapport", notebooks=notebooks)) == (0, "")
    assert fingerprint(odd / "le rapport") == whole[0]["en"]


def test_two_reports_at_once_end_in_one_whole_report(run, whole, tmp_path):
    out = tmp_path / "report"
    both = [run(out, lang=lang) for lang in ("en", "fr")]
    assert [finish(process) for process in both] == [(0, "")] * 2
    assert fingerprint(out) in whole[0].values()
    assert [path.name for path in tmp_path.iterdir()] == ["report"]


def test_a_notebook_that_raises_is_named_and_the_old_report_stays(home, run, whole, tmp_path):
    out, before = tmp_path / "report", whole[0]["en"]
    shutil.copytree(home / "whole-en", out)
    broken = write_notebook(tmp_path / "broken", "00-one", "print(1)\nraise KeyError('gone')")
    code, complaint = finish(run(out, notebooks=broken))
    assert code == 1
    assert "00-one.ipynb, code cell 1: KeyError" in complaint
    assert fingerprint(out) == before
