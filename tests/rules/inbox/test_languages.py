"""Texts in French, Portuguese and Arabic, and the word of each. All languages are read at once."""

import pytest

from dispatch.rules.inbox import vocabulary, words
from dispatch.rules.inbox.meaning import Act, Heard, Word, read, understand
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
    release="""rendre | RENDRE K7F3 | je ne peux pas venir | Je ne peux plus venir, désolé |
 Non, je ne pourrai pas venir | j'ai un empêchement | je me désiste""",
    help="aide | AIDE ! | aidez-moi svp",
    stop="arrêter | Arrêtez | STOP | désabonner",
    resume="reprendre | me réabonner",
    weak="""d'accord | D’accord merci | ça marche | pas de problème |
 Pas de souci chef | bien reçu | parfait | c'est bon""",
    unknown="""je passe | ça va | ça va ? | oui mais pas aujourd'hui | oui si le client paie | oui ? | peut-être |
 oui demain | je n'ai pas fini | je ne confirme pas | pas encore arrivé | pas fini | pas terminé |
 presque fini | je suis presque arrivé | arrêtez de m'appeler | arrêter svp |
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
    stop="parar | PARAR | pare | sair | Sair! | quero sair | descadastrar",
    resume="voltar | Retomar",
    weak="""beleza | blz | tá bom | Combinado | fechado |
 de acordo | sem problema | não tem problema | pode deixar | feito""",
    unknown="""stop, o Zé não vem | parar, por favor | para | oi tudo bem | Tudo bem? | tudo bem | sim mas amanhã |
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
    stop="توقف | إيقاف | ايقاف | أوقفوا الرسائل | إلغاء الاشتراك",
    resume="استئناف | إستئناف",
    weak="تمام | طيب | حسنًا | ماشي | تم | لا مشكلة | لا بأس | إن شاء الله تمام | أوكي",
    unknown="""نعم؟ | نعم لكن غدا | نعم إذا دفع العميل | ربما | نعم لا | لا أؤكد | ما وصلت | لم أصل | لم أنته |
 لست متأكدا | أبدأ | أبدا | إن شاء الله | شكرا | السلام عليكم | توقف عن الاتصال | من فضلك توقف | لا تتوقف |
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
def test_stop_in_every_language_opts_out(text):
    assert understand(Heard(text), [], None, opted_out=False).act is Act.STOP


@each_row("text", ["reprendre", "voltar", "استئناف", "resume", "START"])
def test_start_in_every_language_opts_in(text):
    assert understand(Heard(text), [], None, opted_out=True).act is Act.RESUME


def test_phrase_with_two_meanings_in_two_languages_is_an_error(monkeypatch):
    monkeypatch.setattr(words, "LANGUAGES", (*vocabulary.LANGUAGES, {Word.STOP: "fine, no"}))
    with pytest.raises(ValueError, match="'fine' has two meanings"):
        words._phrases()


@each_row("table", vocabulary.LANGUAGES)
def test_every_language_has_phrases_for_every_word(table):
    assert table.keys() | {Word.START, Word.PAUSE, Word.UNKNOWN} == set(Word) | {vocabulary.FILLER}


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
