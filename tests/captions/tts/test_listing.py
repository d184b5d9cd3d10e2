import pytest
from aiohttp import web

from captions.errors import VoiceGarbled, VoiceLost, VoiceRefused
from captions.tts.listing import voices
from tests.captions.tts.running import a_service
from tests.speech import speech_server


async def test_all_voices_of_the_local_server_are_listed():
    async with speech_server() as server:
        found = await voices(a_service(server.http_url))
    assert "vl-xiaoxiao" in {voice.id for voice in found}
    assert all(voice.locales and voice.name and voice.gender for voice in found)


async def test_a_refused_key_is_told_without_it():
    async with speech_server() as server:
        with pytest.raises(VoiceRefused) as caught:
            await voices(a_service(server.http_url, "a-wrong-key"))
    assert "a-wrong-key" not in str(caught.value)


async def test_a_service_that_is_away_is_told_of():
    with pytest.raises(VoiceLost):
        await voices(a_service("http://127.0.0.1:9"))


async def listed(*pages, text=None):
    """Voices of a service with these pages, and how many were asked for."""
    asked = []

    async def answer(request):
        asked.append(request.query["page"])
        return web.Response(text=text) if text is not None else web.json_response(pages[len(asked) - 1])

    app = web.Application()
    app.router.add_get("/v1/voices", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        return await voices(a_service(f"http://127.0.0.1:{runner.addresses[0][1]}")), asked
    finally:
        await runner.cleanup()


async def test_every_page_is_asked_for():
    pages = [{"voices": [{"voice_id": f"v{n}"}], "pagination": {"total_pages": 3}} for n in range(3)]
    found, asked = await listed(*pages)
    assert [voice.id for voice in found] == ["v0", "v1", "v2"]
    assert asked == ["1", "2", "3"]


async def test_a_list_without_end_ends():
    found, asked = await listed(*[{"voices": [{"voice_id": "v"}], "pagination": {"total_pages": 10**9}}] * 30)
    assert (len(found), len(asked)) == (1, 20)


@pytest.mark.parametrize("text", ["", "<html>", "[]", '{"voices": 3}', '[{"name": "no id"}]'])
async def test_a_list_that_cannot_be_read_is_told_of(text):
    with pytest.raises(VoiceGarbled, match="list of voices"):
        await listed(text=text)
