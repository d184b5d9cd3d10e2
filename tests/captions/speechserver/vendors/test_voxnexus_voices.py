import httpx
import pytest

from captions.speechserver.app import SpeechServer, listening
from captions.speechserver.engines.registry import EngineChoice
from captions.speechserver.pool import Pool
from captions.speechserver.speaking.speaker import Speaker
from captions.speechserver.speaking.tone import VOICES
from tests.speech import KEY, speech_server


@pytest.fixture
async def http():
    async with (
        speech_server() as server,
        httpx.AsyncClient(base_url=server.http_url, headers={"X-Api-Key": KEY}, trust_env=False) as asking,
    ):
        yield asking


async def ids(http, **query):
    answer = await http.get("/v1/voices", params=query)
    return [voice["voice_id"] for voice in answer.json()["voices"]]


async def test_the_catalogue_is_the_voice_of_the_documents_and_those_of_the_engine(http):
    assert await ids(http) == ["vl-xiaoxiao", *(voice.id for voice in VOICES)]


async def test_items_have_the_fields_of_both_generations(http):
    (voice,) = (await http.get("/v1/voices", params={"language": "en-GB"})).json()["voices"]
    assert voice["voice_id"] == "emu-en-gb-grace"
    assert (voice["name"], voice["display_name"]) == ("Grace", "Grace (English, United Kingdom)")
    assert (voice["language"], voice["locale"], voice["primary_locale"]) == ("en", "en-GB", "en-GB")
    assert voice["supported_locales"][0]["locale_name"] == "English (United Kingdom)"
    assert voice["config_schema"] == voice["voice_config_schema"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"language": "de"}, {"emu-de-de-klara", "emu-de-de-jonas"}),
        ({"language": "DE-de", "gender": "male"}, {"emu-de-de-jonas"}),
        ({"language": "zh"}, {"vl-xiaoxiao", "emu-zh-cn-mei"}),
        ({"style": "cheerful"}, {"vl-xiaoxiao", "emu-en-us-emma", "emu-de-de-klara"}),
        ({"age": "child"}, set()),
        ({"language": "fr"}, set()),
    ],
)
async def test_voices_are_found_by_what_they_are(http, query, found):
    assert set(await ids(http, **query)) == found


async def test_pages_together_are_the_whole_list(http):
    seen = []
    for page in (1, 2, 3):
        body = (await http.get("/v1/voices", params={"page": page, "page_size": 4})).json()
        assert body["pagination"] == {"page": page, "page_size": 4, "total": 9, "total_pages": 3}
        seen += [voice["voice_id"] for voice in body["voices"]]
    assert seen == await ids(http)


@pytest.mark.parametrize(
    "query",
    [{"page": 0}, {"page": "x"}, {"page_size": 101}, {"page": "9" * 30}, {"gender": "both"}, {"age": "9"}],
)
async def test_a_query_that_makes_no_sense_is_refused(http, query):
    answer = await http.get("/v1/voices", params=query)
    assert (answer.status_code, answer.json()["code"]) == (400, "INVALID_REQUEST")


async def test_one_voice_is_told_with_its_schema(http):
    voice = (await http.get("/v1/voices/vl-xiaoxiao")).json()
    assert [locale["locale"] for locale in voice["supported_locales"]] == ["zh-CN", "en-US"]
    assert voice["is_multilingual"] is True
    assert voice["config_schema"]["properties"]["style"]["enum"] == ["calm", "cheerful"]


async def test_a_voice_that_is_not_there_is_404(http):
    answer = await http.get("/v1/voices/vl-nobody")
    assert (answer.status_code, answer.json()["code"]) == (404, "VOICE_NOT_FOUND")
    assert answer.json()["request_id"] == "req_emu_000001"


async def test_the_list_needs_a_key(http):
    for path in ("/v1/voices", "/v1/voices/vl-xiaoxiao"):
        assert (await http.get(path, headers={"X-Api-Key": "no"})).status_code == 401


async def test_without_an_engine_there_are_no_voices():
    server = SpeechServer(Pool(EngineChoice("scripted")), speaker=Speaker(None))
    async with listening(server) as port, httpx.AsyncClient(trust_env=False) as asking:
        answer = await asking.get(f"http://127.0.0.1:{port}/v1/voices", headers={"X-Api-Key": KEY})
    assert answer.json()["voices"] == []
