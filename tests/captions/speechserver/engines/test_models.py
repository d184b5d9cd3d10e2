import pytest

from captions.speechserver.engines.base import EngineUnavailable
from captions.speechserver.engines.models import languages_of, require


@pytest.mark.parametrize(
    ("name", "languages"),
    [
        ("vosk-model-small-en-us-0.15", ("en-US",)),
        ("vosk-model-en-in-0.5", ("en-IN",)),
        ("vosk-model-small-de-0.15", ("de-DE",)),
        ("sherpa-onnx-streaming-zipformer-bilingual-zh-en-2023-02-20", ("zh-CN", "en-US")),
        ("sherpa-onnx-streaming-zipformer-en-20M-2023-02-17", ("en-US",)),
        ("model", ("*",)),
    ],
)
def test_a_models_languages_are_read_from_its_name(tmp_path, name, languages):
    (tmp_path / name).mkdir()
    assert languages_of(tmp_path / name) == languages


def test_a_list_of_languages_beside_the_model_wins(tmp_path):
    folder = tmp_path / "vosk-model-small-en-us-0.15"
    folder.mkdir()
    (folder / "languages.txt").write_text("cy\ngd-GB\n", encoding="utf-8")
    assert languages_of(folder) == ("cy", "gd-GB")


def test_a_list_that_holds_no_languages_is_refused(tmp_path):
    (tmp_path / "languages.txt").write_text("Welsh!", encoding="utf-8")
    with pytest.raises(EngineUnavailable, match="no language tag"):
        languages_of(tmp_path)


def test_a_model_is_asked_for_where_there_is_none(tmp_path):
    with pytest.raises(EngineUnavailable, match="VOXWEB_ENGINE_MODEL_DIR"):
        require("vosk", None)
    with pytest.raises(EngineUnavailable, match="does not exist"):
        require("vosk", tmp_path / "gone")
