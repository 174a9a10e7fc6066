"""Texts in French, Portuguese and Arabic, and the word that each of them means: all languages are read at once."""

import importlib
from datetime import UTC, datetime

import pytest

from dispatch.rules.inbox import pause_texts, vocabulary, words
from dispatch.rules.inbox.meaning import Act, InboundText, Word, read, understand
from dispatch.rules.inbox.vocabulary import LANGUAGES
from dispatch.rules.inbox.vocabulary.language import PAUSE_PARTS, Language
from tests.tables import each_row


def rows(**texts):
    """Return a row for each text. Bars separate the texts of a word."""
    said = {word: [text.strip() for text in texts.split("|")] for word, texts in texts.items()}
    return [pytest.param(text, Word(word), id=f"{word}: {text}") for word, texts in said.items() for text in texts]


FRENCH = rows(
    yes="""oui | OUI K7F3 | Ouiii ! | Oui, merci 🙏🏾 | Bonjour, oui s'il vous plaît | oui svp | J’accepte | ouais |
 Je suis disponible | Intéressée | je la prends, merci | oui d'accord | Avec plaisir | Comptez sur moi chef |
 oui c'est bon""",
    no="""non | Non merci | NON K7F3 | Désolé, je ne peux pas | je peux pas | pas disponible | pas dispo |
 Je refuse | je ne suis pas intéressé | je passe mon tour | Pas aujourd’hui""",
    confirm="""confirmer | Je confirme | CONFIRMÉ K7F3 | c'est confirmé | oui je confirme | confimer |
 Je confirme ma présence, merci""",
    begin="commencer | J’ai commencé | je suis arrivée | Bonjour, je suis sur place | j'y suis",
    complete="""terminer | Terminé K7F3 | J’ai fini |
 c'est terminé, merci | Inspection terminée | oui, fini""",
    release="""rendre | RENDRE K7F3 | LIBÉRER K7F3 | je ne peux pas venir | Je ne peux plus venir, désolé |
 Non, je ne pourrai pas venir | j'ai un empêchement | je me désiste""",
    help="aide | AIDE ! | aidez-moi svp",
    stop="arrêter | arrêter svp | Arrêtez | STOP | désabonner",
    resume="reprendre | me réabonner",
    weak="""d'accord | D’accord merci | ça marche | pas de problème |
 Pas de souci chef | bien reçu | parfait | c'est bon""",
    unknown="""je passe | ça va | ça va ? | oui mais pas aujourd'hui | oui si le client paie | oui ? | peut-être |
 oui demain | je n'ai pas fini | je ne confirme pas | pas encore arrivé | pas fini | pas terminé |
 presque fini | je suis presque arrivé | arrêtez de m'appeler |
 stop K7F3 | oui non | merci | bonjour |
 je ne suis pas là | je ne suis pas sûr | jamais | on y va | reprendre K7F3 plus tard | pas""",
)
PORTUGUESE = rows(
    yes="""sim | SIM K7F3 | Siiim | simmm |
 Sim, por favor 🙏 | Oi, bom dia, sim | aceito | Eu aceito, obrigado | ss |
 topo | Bora! | quero sim | Tenho interesse | estou disponível | pode contar comigo | sim, beleza | Claro que sim |
 Posso ir | é minha | sim senhor""",
    no="""não | NÃO | nao K7F3 | Não, obrigado | naum | não posso | n posso | hoje não | Desculpe, hoje não |
 não tenho interesse | estou ocupada | não aceito | tô fora | passo a vez""",
    confirm="""confirmar | Confirmo | confirmado K7F3 |
 sim, confirmo | Bom dia, confirmo presença | confimo | tá confirmado""",
    begin="""iniciar | Comecei | cheguei |
 Já cheguei, obrigado | estou no local | tô aqui | no local""",
    complete="""concluir | Concluído | CONCLUÍDA K7F3 |
 terminei | Já terminei | finalizado, obrigada | vistoria concluída""",
    release="""desistir | DESISTIR K7F3 | não posso ir | Não vou poder ir, desculpe | não vou conseguir |
 n vou conseguir | Não, não posso ir | tive um imprevisto | devolver""",
    help="ajuda | Ajuda! | me ajude por favor",
    stop="parar | parar, por favor | PARAR | pare | sair | Sair! | quero sair | descadastrar",
    resume="voltar | Retomar",
    weak="""beleza | blz | tá bom | Combinado | fechado |
 de acordo | sem problema | não tem problema | pode deixar | feito""",
    unknown="""stop, o Zé não vem | para | oi tudo bem | Tudo bem? | tudo bem | sim mas amanhã |
 sim, se o cliente pagar | sim? | talvez | sim não | não confirmo | não terminei | ainda não | ainda não cheguei |
 quase terminei | no condomínio | quero saber mais | obrigado | bom dia | nunca | sair K7F3 | vou sair |
 não sei | confirme se é hoje | agora sim ou não | não pare""",
)
ARABIC = rows(
    yes="""نعم | نعم K7F3 | نعمممم | نعم، شكرًا 🙏 | السلام عليكم، نعم من فضلك |
 موافق | أنا موافق | مُوافِقة | أقبل | اقبل |
 أوافق | ايوه | أيوا | متاح | نعم إن شاء الله | نعم انشاء الله | نـعـم | تمام نعم""",
    no="""لا | لا شكرا | لا K7F3 | لاا | كلا | أرفض | غير متاح | مش متاح | مشغول | لا أستطيع | ما أقدر |
 آسف، لا | ليس اليوم""",
    confirm="""تأكيد | تاكيد | أؤكد | اوكد |
 مؤكد K7F3 | تم التأكيد | نعم، أؤكد الحضور | تأكيد إن شاء الله""",
    begin="وصلت | لقد وصلت | وصلت K7F3 | وصلت الى الموقع | أنا هنا | بدأت | بدات",
    complete="انتهيت | إنتهيت | تم الانتهاء | أكملت | اكتملت المعاينة | خلصت K7F3",
    release="""تنازل | تنازل K7F3 | أتنازل |
 لا أستطيع الحضور | آسف، لن أتمكن من الحضور | ما أقدر أجي | لا استطيع المجيء""",
    help="مساعدة | مساعده | ساعدني من فضلك",
    stop="توقف | من فضلك توقف | إيقاف | ايقاف | أوقفوا الرسائل | إلغاء الاشتراك",
    resume="استئناف | إستئناف",
    weak="تمام | طيب | حسنًا | ماشي | تم | لا مشكلة | لا بأس | إن شاء الله تمام | أوكي",
    unknown="""نعم؟ | نعم لكن غدا | نعم إذا دفع العميل | ربما | نعم لا | لا أؤكد | ما وصلت | لم أصل | لم أنته |
 لست متأكدا | أبدأ | أبدا | إن شاء الله | شكرا | السلام عليكم | توقف عن الاتصال | لا تتوقف |
 إيقاف K7F3 | متى؟ | هل وصلت؟ | حسن | ليس | غدا""",
)


@each_row(("text", "word"), FRENCH + PORTUGUESE + ARABIC)
def test_text_is_read_as_its_word(text, word):
    assert read(text) is word


SPOILERS = {
    "french": ["pas", "jamais", "mais", "si", "peut-être", "ne", "demain", "presque", "sauf"],
    "portuguese": ["nunca", "mas", "se", "talvez", "amanhã", "quase", "ainda", "nem", "exceto"],
    "arabic": ["ليس", "لم", "لن", "ما", "إذا", "لكن", "ربما", "غدا", "لست", "بعد"],
}
SAID = {
    "french": ["oui", "j'accepte", "je confirme", "terminé", "je suis arrivé", "d'accord"],
    "portuguese": ["sim", "aceito", "confirmo", "terminei", "cheguei", "beleza"],
    "arabic": ["نعم", "موافق", "أؤكد", "انتهيت", "وصلت", "تمام"],
}


@each_row(
    ("said", "spoiler"), [(said, spoiler) for tongue in SAID for said in SAID[tongue] for spoiler in SPOILERS[tongue]]
)
@each_row("order", ["{0} {1}", "{1} {0}"])
def test_word_with_a_negation_or_condition_is_unknown(said, spoiler, order):
    assert read(order.format(said, spoiler)) is Word.UNKNOWN


@each_row("text", ["arrêter", "parar", "sair", "توقف", "إيقاف", "Arrêtez !"])
def test_stop_in_any_language_is_an_opt_out(text):
    assert understand(InboundText(text), [], None, opted_out=False).act is Act.STOP


@each_row("text", ["reprendre", "voltar", "استئناف", "resume", "START"])
def test_start_in_any_language_is_an_opt_in(text):
    assert understand(InboundText(text), [], None, opted_out=True).act is Act.RESUME


def test_a_phrase_with_two_meanings_is_refused():
    tables = [*(language.words for language in LANGUAGES), {Word.STOP: "fine, no"}]
    with pytest.raises(ValueError, match="'fine' has two meanings"):
        words.index(tables)


#: Arabic has words of their own for two of a thing, and needs none for "two".
OPTIONAL_PARTS = {"2", "2 minute", "2 hour", "2 day", "2 week"}


@each_row("language", LANGUAGES)
def test_each_language_has_phrases_for_every_word_and_every_part_of_a_pause(language):
    assert language.words.keys() | {Word.START, Word.PAUSE, Word.UNKNOWN} == set(Word)
    hour = {"h", "hour"} & language.pauses.keys()
    missing = PAUSE_PARTS - OPTIONAL_PARTS - {"h", "hour"} - language.pauses.keys()
    assert (missing, language.pauses.keys() - PAUSE_PARTS, bool(hour)) == (set(), set(), True)


SWAHILI = Language(
    words={Word.YES: "ndiyo, ninakubali", Word.NO: "hapana", Word.STOP: "acha"},
    courtesies="tafadhali, asante",
    fillers="kazi hii",
    pauses={
        "pause": "pumzika",
        "for": "kwa",
        "day": "siku",
        "2 day": "siku mbili",
        "until": "mpaka",
        "friday": "ijumaa",
    },
)


@pytest.fixture
def swahili(monkeypatch):
    """A fifth language, added to the list of languages as any other."""
    monkeypatch.setattr(vocabulary, "LANGUAGES", (*LANGUAGES, SWAHILI))
    importlib.reload(words)
    importlib.reload(pause_texts)
    yield
    monkeypatch.undo()
    importlib.reload(words)
    importlib.reload(pause_texts)


@pytest.mark.usefixtures("swahili")
def test_a_language_added_to_the_list_is_read_with_its_pauses():
    texts = ("Ndiyo, tafadhali!", "hapana kazi hii", "acha", "yes")
    assert [read(text) for text in texts] == [Word.YES, Word.NO, Word.STOP, Word.YES]
    thursday = datetime(2026, 11, 26, 9, tzinfo=UTC)
    pauses = (
        "Pumzika kwa siku mbili, asante",
        "pumzika 3 siku",
        "pumzika mpaka Ijumaa",
        "pumzika kazi hii",
        "pause 1h",
    )
    ends = [pause_texts.until(text, thursday, "UTC") for text in pauses]
    assert [end and f"{end:%d %H:%M}" for end in ends] == ["28 09:00", "29 09:00", "27 06:00", None, "26 10:00"]


def test_a_language_outside_of_the_list_is_not_read():
    assert read("ndiyo") is Word.UNKNOWN


@each_row(
    "text",
    [
        pytest.param("٣", id="Arabic digit"),
        pytest.param("ـ" * 4000, id="strokes only"),
        pytest.param("إن شاء " * 600, id="beginnings of phrases"),
    ],
)
def test_odd_arabic_text_is_unknown(text):
    assert read(text) is Word.UNKNOWN
