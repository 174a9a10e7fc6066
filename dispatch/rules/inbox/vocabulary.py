"""What people write, in each language, as data: the phrases that say a word, and those that change nothing."""

from enum import StrEnum


class Word(StrEnum):
    """What was said."""

    YES = "yes"
    NO = "no"
    CONFIRM = "confirm"
    BEGIN = "begin"
    START = "start"  # begin a visit, or receive offers again: the situation decides
    COMPLETE = "complete"
    RELEASE = "release"
    HELP = "help"
    STOP = "stop"
    RESUME = "resume"
    PAUSE = "pause"  # no offers for a while: its texts are in pausing.py
    WEAK = "weak"  # "ok": an answer only to a question just asked
    UNKNOWN = "unknown"


FILLER = "filler"

# Phrases are separated by commas and written without apostrophes. The longest phrase at a place wins:
# "no problem" is weak although "no" is NO. Adding a language is adding a table to LANGUAGES. All languages are read
# at once, so a phrase has one meaning in all of them, and what would be true in one language only is left out:
# greetings that look like an answer ("tudo bem", "ça va"), "je passe" (I pass, I come by), "أبدأ" (I begin, never).
ENGLISH: dict[str, str] = {
    Word.YES: """yes, y, yeah, yea, yah, yep, yup, ya, accept, accepted, i take it, ill take it, i will take it,
        i want it, i can take it, ill do it, i will do it, i can do it, mine, interested, available, count me in,
        im in, i am in, yes i am, yes i can, yes i will, yes i do, yes for, yes to""",
    Word.NO: """no, n, nope, nah, decline, declined, pass, reject, rejected, skip, busy, unavailable, not available,
        not interested, not me, not today, not now, not this time, i cant, i cannot, i can not, 👎""",
    Word.CONFIRM: "confirm, confirmed, comfirm, comfirmed, confrim, confrimed, conferm",
    Word.BEGIN: """begin, began, begun, started, arrived, im here, i am here, on site, onsite, at the property,
        i have reached, ive reached""",
    Word.START: "start",
    Word.COMPLETE: "complete, completed, done, finish, finished, concluded",
    Word.RELEASE: """release, released, give back, give it back, cant make it, i cant make it, cannot make it,
        i cannot make it, can not make it, i can not make it, wont make it, i wont make it, will not make it,
        i will not make it, unable to make it, cant come, i cant come, cannot come, i cannot come, cant go, i cant go,
        i am unable to come, i am unable to make it, im unable to come, im unable to make it, cant make it again,
        i cant make it again, cant make it anymore, i cant make it anymore, i cant make it today, i cant come today,
        i cant come again""",
    Word.HELP: "help, help me, menu",
    Word.STOP: "stop, stopall, stop all, unsubscribe, optout, opt out",
    Word.RESUME: "resume, subscribe, unstop, optin, opt in",
    Word.WEAK: """ok, okay, okey, k, kk, sure, fine, alright, all right, cool, noted, great, good, perfect, roger,
        understood, agreed, certainly, definitely, absolutely, of course, got it, will do, sounds good, works for me,
        ill be there, i will be there, no problem, no problems, no wahala, no worries, oya, 👍, 👌, ✅, ✔, ☑, 🆗, 🤝,
        🫡, 💯""",
    FILLER: """please, pls, plz, abeg, sorry, so sorry, very sorry, thanks, thank you, thx, sir, ma, maam,
        madam, boss, oga, bro, chief, dear, hi, hello, hey, good morning, good afternoon, good evening, good day, o,
        oo, i, im, i am, ive, i have, it is, its, it, the job, this job, job, the job is, job is, the inspection,
        this inspection, inspection, the inspection is, inspection is, the offer, this offer, offer, this one, the
        code, code, and, now, just, already, all, very, much, so much, 🙏""",
}
FRENCH: dict[str, str] = {
    Word.YES: """oui, ouais, ouaip, ouep, wi, accepter, accepte, acceptee, jaccepte, je la prends, je le prends,
        je prends, je prends celle ci, je veux bien, je la fais, je le fais, je men charge, je men occupe,
        je suis partant, je suis partante, je suis preneur, je suis preneuse, partant, partante, preneur, preneuse,
        disponible, dispo, je suis disponible, je suis dispo, interesse, interessee, je suis interesse,
        je suis interessee, ca minteresse, comptez sur moi, volontiers, avec plaisir, oui pour, oui je peux,
        oui je veux bien""",
    Word.NO: """non, nan, je refuse, refuser, refuse, je decline, decliner, je passe mon tour, occupe, occupee,
        je suis occupe, je suis occupee, pas disponible, pas dispo, indisponible, je suis indisponible,
        je ne suis pas disponible, je suis pas disponible, je ne suis pas dispo, je suis pas dispo, pas interesse,
        pas interessee, je ne suis pas interesse, je ne suis pas interessee, je suis pas interesse, pas moi,
        pas aujourdhui, pas maintenant, pas cette fois, je ne peux pas, je peux pas, je naccepte pas, impossible""",
    Word.CONFIRM: """confirmer, confirme, confirmee, confimer, confime, comfirmer, comfirme, confrimer, je confirme,
        cest confirme, confirmation, presence confirmee, je confirme ma presence""",
    Word.BEGIN: """commencer, commence, commencee, debuter, demarrer, jai commence, je commence, arrive sur place,
        je suis arrive, je suis arrivee, je suis sur place, sur place, je suis la, jy suis, bien arrive,
        bien arrivee""",
    Word.COMPLETE: """terminer, termine, terminee, fini, finie, finir, jai fini, jai termine, cest fini, cest termine,
        achevee, inspection faite, visite faite, visite terminee, travail termine, jai tout fini""",
    Word.RELEASE: """rendre, je rends, je la rends, je le rends, liberer, je me desiste, desister, desistement,
        je ne peux pas venir, je peux pas venir, je ne pourrai pas venir, je pourrai pas venir, je ne pourrai pas,
        je ne peux plus venir, je peux plus venir, je ne peux plus, je ne peux pas y aller, je peux pas y aller,
        je ne pourrai pas y aller, je ne peux plus y aller, je ne viens pas, je ne pourrai pas etre la,
        impossible de venir, jai un empechement""",
    Word.HELP: "aide, aidez moi, aide moi, a laide",
    Word.STOP: """arreter, arretez, arrete, arret, desabonner, desabonnement, me desabonner, desinscrire,
        desinscription, me desinscrire""",
    Word.RESUME: "reprendre, reabonner, me reabonner, reabonnement, reinscrire, me reinscrire",
    Word.WEAK: """daccord, dac, dacc, oki, entendu, compris, bien compris, note, bien note, cest note, recu, bien recu,
        bien sur, parfait, cest parfait, tres bien, bien, super, nickel, top, ca marche, ca roule, ca me va,
        ca me convient, cest bon, cest bon pour moi, bon pour moi, cest fait, certainement, absolument, evidemment,
        pas de probleme, pas de problemes, pas de souci, pas de soucis, sans probleme, aucun probleme, aucun souci,
        je serai la, jy serai""",
    FILLER: """sil vous plait, sil te plait, svp, stp, merci, merci beaucoup, merci bien, mille mercis, desole, desolee,
        je suis desole, je suis desolee, pardon, excusez moi, bonjour, bonsoir, salut, coucou, bonne journee,
        bonne soiree, monsieur, madame, mademoiselle, chef, patron, patronne, cher, chere, linspection,
        cette inspection, linspection est, la visite, cette visite, la visite est, visite, le code, celle ci, et,
        maintenant, deja, cordialement""",
}
PORTUGUESE: dict[str, str] = {
    Word.YES: """sim, ss, siim, siiim, claro que sim, aceito, eu aceito, aceitar, aceito sim, aceitei, quero, eu quero,
        quero sim, topo, eu topo, bora, pego, eu pego, fico com ela, fico com essa, e minha, eu faco, faco sim, posso,
        posso sim, eu posso, posso fazer, posso ir, disponivel, estou disponivel, to disponivel, interessado,
        interessada, estou interessado, estou interessada, tenho interesse, conta comigo, conte comigo,
        pode contar comigo, com prazer, to dentro, estou dentro, sim para""",
    Word.NO: """nao, naum, nao quero, nao aceito, nao posso, n posso, nao da, nao tenho interesse, sem interesse,
        nao estou interessado, nao estou interessada, nao estou disponivel, nao to disponivel, indisponivel,
        estou indisponivel, ocupado, ocupada, estou ocupado, estou ocupada, to ocupado, to ocupada, hoje nao,
        agora nao, desta vez nao, dessa vez nao, recuso, recusar, recusado, passo a vez, negativo, to fora,
        estou fora""",
    Word.CONFIRM: """confirmar, confirmo, confirmado, confirmada, confimo, confimado, comfirmo, comfirmado, comfirmar,
        eu confirmo, esta confirmado, ta confirmado, confirmadissimo, presenca confirmada, confirmo presenca,
        confirmo minha presenca""",
    Word.BEGIN: """iniciar, iniciei, iniciado, iniciada, comecar, comecei, comecou, cheguei, ja cheguei, chegamos,
        estou aqui, to aqui, estou no local, to no local, no local, ja estou no local, ja to no local, ja estou aqui,
        ja to aqui""",
    Word.COMPLETE: """concluir, conclui, concluido, concluida, terminei, terminar, terminado, terminada, finalizar,
        finalizei, finalizado, finalizada, acabei, ja acabei, vistoria feita, inspecao feita, servico feito,
        trabalho feito, tudo feito""",
    Word.RELEASE: """desistir, desisto, eu desisto, preciso desistir, devolver, devolvo, liberar, nao posso ir,
        n posso ir, nao posso mais ir, nao posso mais, nao poderei ir, nao poderei, nao vou poder ir, nao vou poder,
        n vou poder, nao vou conseguir ir, nao vou conseguir, n vou conseguir, nao consigo ir, nao consigo chegar,
        nao posso comparecer, nao poderei comparecer, nao vou comparecer, nao vou, nao vai dar, tive um imprevisto""",
    Word.HELP: "ajuda, me ajuda, me ajude, socorro",
    Word.STOP: """parar, pare, sair, quero sair, descadastrar, me descadastre, descadastro, cancelar inscricao,
        cancelar assinatura""",
    Word.RESUME: "voltar, retomar, recomecar, reativar, cadastrar de novo",
    Word.WEAK: """ta bom, ta bem, ta certo, esta bem, ta, certo, beleza, blz, joia, legal, perfeito, otimo, bom,
        muito bom, claro, com certeza, certeza, combinado, fechado, feito, show, de acordo, entendi, entendido,
        pode deixar, positivo, sem problema, sem problemas, nao tem problema, nao ha problema, estarei la,
        vou estar la, tranquilo, okei""",
    FILLER: """por favor, pfv, pfvr, por gentileza, obrigado, obrigada, muito obrigado, muito obrigada, obg, obgd,
        brigado, brigada, valeu, vlw, desculpe, desculpa, me desculpe, perdao, oi, ola, opa, bom dia, boa tarde,
        boa noite, senhor, senhora, sr, sra, chefe, patrao, amigo, amiga, prezado, prezada, a vistoria, essa vistoria,
        esta vistoria, vistoria, a inspecao, essa inspecao, inspecao, a vistoria esta, o codigo, codigo, essa, esta,
        eu, e, ja, agora, abraco, abracos""",
}
ARABIC: dict[str, str] = {
    Word.YES: """نعم, ايوه, ايوا, اجل, موافق, موافقه, انا موافق, انا موافقه, اوافق, اقبل, انا اقبل, قبلت, قبول,
        مقبول, متاح, متاحه, انا متاح, انا متاحه, متفرغ, انا متفرغ, مهتم, مهتمه, انا مهتم, اخذها, ساخذها, اريدها,
        سوف اخذها, بكل سرور, بالطبع نعم, نعم استطيع, نعم اقبل""",
    Word.NO: """لا, كلا, ارفض, رفض, مرفوض, لا اقبل, لا اوافق, غير موافق, لست موافقا, مشغول, مشغوله, انا مشغول,
        انا مشغوله, غير متاح, غير متاحه, انا غير متاح, لست متاحا, مش متاح, غير مهتم, مش مهتم, لست مهتما, ليس اليوم,
        ليس الان, ليس هذه المره, لا استطيع, لا اقدر, ما اقدر, مش قادر, لا يمكنني, اعتذر عن القبول""",
    Word.CONFIRM: """تاكيد, التاكيد, اوكد, انا اوكد, موكد, تم التاكيد, اكدت, تاكيد الحضور, اوكد الحضور, اوكد حضوري""",
    Word.BEGIN: """وصلت, لقد وصلت, وصلت الان, وصلت للموقع, وصلت الي الموقع, وصلت الموقع, انا هنا, انا في الموقع,
        في الموقع, بدات, لقد بدات, بدء, البدء, بدانا, وصلنا""",
    Word.COMPLETE: """انتهيت, لقد انتهيت, انتهينا, انتهت, انتهاء, تم الانتهاء, اكتملت, اكتمل, اكملت, اكتمال, انجزت,
        تم الانجاز, خلصت, انهيت, انهيت المعاينه""",
    Word.RELEASE: """تنازل, اتنازل, التنازل, اتنازل عنها, تنازلت, لا استطيع الحضور, لا استطيع المجيء, لا استطيع القدوم,
        لن استطيع الحضور, لن استطيع, لا اقدر الحضور, لا اقدر احضر, لن اتمكن, لن اتمكن من الحضور, لا يمكنني الحضور,
        لن يمكنني الحضور, لا اتمكن من الحضور, لن احضر, ما اقدر احضر, ما اقدر اجي, مش قادر اجي, مش هقدر اجي,
        مش هقدر""",
    Word.HELP: "مساعده, المساعده, ساعدني, ساعدوني, القائمه",
    Word.STOP: """توقف, توقفوا, ايقاف, اوقف, اوقفوا, اوقف الرسائل, اوقفوا الرسائل, ايقاف الرسائل, الغاء الاشتراك,
        الغ الاشتراك""",
    Word.RESUME: "استئناف, الاستئناف, استانف, اشترك, اعاده الاشتراك, عوده",
    Word.WEAK: """تمام, طيب, حسنا, ماشي, حاضر, اوك, اوكي, اوكيه, اكيد, بالتاكيد, طبعا, بالطبع, مفهوم, فهمت, علم,
        ممتاز, جيد, تم, مناسب, يناسبني, لا مشكله, لا باس, بدون مشكله, لا مانع, ساكون هناك""",
    FILLER: """من فضلك, من فضلكم, لو سمحت, لو سمحتم, رجاء, الرجاء, شكرا, شكرا لك, شكرا لكم, شكرا جزيلا, مشكور, اسف,
        اسفه, انا اسف, عذرا, معذره, السلام عليكم, سلام عليكم, وعليكم السلام, ورحمه الله, ورحمه الله وبركاته, صباح الخير,
        صباح النور, مساء الخير, مساء النور, مرحبا, اهلا, اهلا وسهلا, يا, اخي, اختي, استاذ, سيدي, سيدتي, مدير, باشا,
        ان شاء الله, انشاء الله, انشالله, باذن الله, بارك الله فيك, جزاك الله خيرا, الحمد لله, المعاينه, هذه المعاينه,
        معاينه, الرمز, رمز, هذه, الان, جدا, و""",
}
LANGUAGES = (ENGLISH, FRENCH, PORTUGUESE, ARABIC)
