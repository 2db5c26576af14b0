"""What the contract is told about models, and the settings that are explained."""

from __future__ import annotations

from pathlib import Path

from tests.servers.llama_server import ggufs
from tests.servers.llama_server.real import SAMPLE
from wizard.models import disk
from wizard.servers.llama_server.flags import flags
from wizard.servers.llama_server.models.formats import Ggufs
from wizard.servers.llama_server.models.values import GgufModel
from wizard.servers.llama_server.settings import settings

FORMATS = Ggufs()


def test_a_file_is_a_model_with_its_size_and_name(tmp_path: Path) -> None:
    found = FORMATS.file(SAMPLE)
    assert found is not None and (found.kind, found.name, found.problems) == ("gguf", "alphabet", ())
    (model,) = found.servables
    assert isinstance(model, GgufModel)
    assert (model.called, model.edition) == ("Alphabet", "F16")
    assert model.line == "llama · F16 · 118.8 KiB of weights · a context of up to 512 tokens · 250.0 KiB of memory for each 1,000 of them"  # fmt: skip # noqa: E501
    split = FORMATS.file(ggufs.split(tmp_path)[0])
    assert split is not None and (split.kind, split.name) == ("gguf-split", "alphabet")


def test_a_file_without_the_usual_ending_is_known_by_its_first_bytes(tmp_path: Path) -> None:
    blob = tmp_path / "sha256-0123"
    blob.symlink_to(SAMPLE)
    found = FORMATS.file(blob)
    assert found is not None and found.kind == "gguf"
    (tmp_path / "notes.txt").write_text("GG")
    assert FORMATS.file(tmp_path / "notes.txt") is None
    (tmp_path / "broken.gguf").write_bytes(b"")
    broken = FORMATS.file(tmp_path / "broken.gguf")
    assert broken is not None and broken.kind == "gguf-none" and broken.problems


def test_a_folder_leads_to_the_files_in_it(tmp_path: Path) -> None:
    assert FORMATS.directory(tmp_path, disk.listing(tmp_path)) is None
    (tmp_path / "one.gguf").symlink_to(SAMPLE)
    found = FORMATS.directory(tmp_path, disk.listing(tmp_path))
    assert found is not None and found.problems[0].fix is not None
    assert found.problems[0].fix.path == tmp_path / "one.gguf"
    (tmp_path / "two.gguf").symlink_to(SAMPLE)
    several = FORMATS.directory(tmp_path, disk.listing(tmp_path))
    assert several is not None and len(several.candidates) == 2 and several.problems[0].fix is None


def test_every_flag_can_be_explained() -> None:
    explained = {setting.name: setting for setting in settings()}
    assert set(flags()) <= set(explained)
    assert all(setting.does.endswith(".") for setting in explained.values())
    assert "before b11669 it was 8080" in explained["--port"].does
    assert "b10068 on" in explained["--cors-origins"].does
    assert "ignored" in explained["LLAMA_ARG_API_KEY"].does
