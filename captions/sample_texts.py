"""What a voice says when somebody wants to hear how it sounds. Pure."""

from __future__ import annotations

from typing import Final

ENGLISH: Final = "Hello! This is how I sound."

TEXTS: Final = {
    "ar": "مرحبًا! هكذا يبدو صوتي.",
    "bn": "নমস্কার! আমার গলা এমন শোনায়।",
    "cs": "Dobrý den! Takhle zní můj hlas.",
    "da": "Hej! Sådan lyder jeg.",
    "de": "Guten Tag! So klingt meine Stimme.",
    "el": "Γεια σας! Έτσι ακούγεται η φωνή μου.",
    "es": "¡Hola! Así suena mi voz.",
    "fi": "Hei! Tältä ääneni kuulostaa.",
    "fr": "Bonjour ! Voici comment sonne ma voix.",
    "gu": "નમસ્તે! મારો અવાજ આવો છે.",
    "he": "שלום! כך אני נשמע.",
    "hi": "नमस्ते! मेरी आवाज़ ऐसी है।",
    "hu": "Jó napot! Így szól a hangom.",
    "id": "Halo! Seperti inilah suara saya.",
    "it": "Buongiorno! La mia voce suona così.",
    "ja": "こんにちは。これが私の声です。",
    "kn": "ನಮಸ್ಕಾರ! ನನ್ನ ಧ್ವನಿ ಹೀಗಿದೆ.",
    "ko": "안녕하세요! 제 목소리는 이렇습니다.",
    "ml": "നമസ്കാരം! എന്റെ ശബ്ദം ഇങ്ങനെയാണ്.",
    "mr": "नमस्कार! माझा आवाज असा आहे.",
    "nb": "Hei! Slik høres stemmen min ut.",
    "nl": "Hallo! Zo klinkt mijn stem.",
    "pa": "ਸਤ ਸ੍ਰੀ ਅਕਾਲ! ਮੇਰੀ ਆਵਾਜ਼ ਇਸ ਤਰ੍ਹਾਂ ਦੀ ਹੈ।",
    "pl": "Dzień dobry! Tak brzmi mój głos.",
    "pt": "Olá! É assim que a minha voz soa.",
    "ro": "Bună ziua! Așa sună vocea mea.",
    "ru": "Здравствуйте! Вот как звучит мой голос.",
    "sv": "Hej! Så här låter min röst.",
    "ta": "வணக்கம்! என் குரல் இப்படி இருக்கும்.",
    "te": "నమస్కారం! నా గొంతు ఇలా ఉంటుంది.",
    "th": "สวัสดี นี่คือเสียงของฉัน",
    "tr": "Merhaba! Sesim böyle.",
    "uk": "Добрий день! Ось як звучить мій голос.",
    "vi": "Xin chào! Giọng của tôi nghe như thế này.",
    "zh": "你好！这就是我的声音。",
}
"""By the language alone; all others hear English."""


def sample_text(locale: str) -> str:
    """A short sentence in the language of a BCP 47 tag."""
    return TEXTS.get(locale.replace("_", "-").partition("-")[0].lower(), ENGLISH)
