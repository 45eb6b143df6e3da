import type { Translation } from '../../language.ts'
import type { en } from './en.ts'

export const de: Translation<typeof en> = {
  'command.link': 'Verknüpfe dein Kick-Konto, damit Zuschauen für dich zählt',
  'command.unlink': 'Die Verknüpfung eines Mitglieds mit seinem Kick-Konto aufheben',
  'command.unlink.member': 'Wessen Verknüpfung',
  'command.unlink.kick': 'Oder der verknüpfte Kick-Name',
  'command.links': 'Verknüpfungen zwischen Mitgliedern und Kick-Konten verwalten',
  'command.links.force': 'Ein Mitglied ohne Anmeldung mit einem Kick-Konto verknüpfen',
  'command.links.member': 'Das Mitglied',
  'command.links.kick': 'Der Kick-Name',
  'command.links.rename': 'Was ein Zuschauer gesammelt hat, auf seinen neuen Kick-Namen übertragen',
  'command.links.rename.old': 'Der bisherige Name',
  'command.links.rename.new': 'Der jetzige Name',
  'command.links.history': 'Was mit den Verknüpfungen eines Mitglieds oder Kick-Kontos geschah',
  'command.links.who': 'Wem dieses Kick-Konto gehört',
  'command.links.grant': 'Die Rolle für Verknüpfte allen geben, denen sie fehlt',
  'command.linkpanel': 'Eine Nachricht mit einem Knopf zum Verknüpfen',
  'command.linkpanel.post': 'Das Panel senden oder verschieben',
  'command.linkpanel.channel': 'Wo; ohne Angabe in diesem Kanal',
  'command.linkpanel.title': 'Sein Titel',
  'command.linkpanel.description': 'Sein Text',
  'command.linkpanel.remove': 'Das Panel entfernen',
  sign_in:
    'Melde dich bei Kick an, um zu zeigen, welches Konto deins ist. Der Knopf funktioniert einmal, innerhalb von {{minutes}} Minuten, und ist nur für dich: Gib ihn nicht weiter. Danach frage ich dich hier, ob das Konto stimmt.',
  'sign_in.button': 'Bei Kick anmelden',
  already_linked:
    'Du bist seit {{when}} mit **{{name}}** auf Kick verknüpft. Um das zu ändern, bitte jemanden, der diesen Server verwaltet, für dich `/unlink` zu benutzen; benutze dann wieder `/link`.',
  in_server: 'auf **{{server}}**',
  'in_server.unnamed': 'auf dem Server',
  question:
    'Gerade hat sich jemand mit deinem Link bei Kick als **{{name}}** angemeldet. Warst du das, und soll ich dieses Konto {{where}} mit dir verknüpfen? Wenn du es nicht kennst, drücke Nein.',
  'question.yes': 'Ja, verknüpfen',
  'question.no': 'Nein',
  'outcome.linked': 'Fertig: Du bist mit **{{name}}** verknüpft.',
  'outcome.expired': 'Diese Frage ist zu alt oder schon beantwortet. Bitte benutze wieder `/link`.',
  'outcome.account_has_another':
    '**{{name}}** ist mit einem anderen Mitglied dieses Servers verknüpft; es wurde nichts geändert. Wenn es deins ist, bitte jemanden, der den Server verwaltet, für dieses Mitglied `/unlink` zu benutzen; benutze dann wieder `/link`.',
  'outcome.member_has_another':
    'Du bist auf diesem Server schon mit **{{name}}** verknüpft; es wurde nichts geändert. Um das zu ändern, bitte jemanden, der den Server verwaltet, für dich `/unlink` zu benutzen; benutze dann wieder `/link`.',
  declined:
    'Es wurde nichts verknüpft. Wenn du ein eigenes Konto verknüpfen möchtest, benutze wieder `/link` und behalte den Link für dich.',
  linked:
    '✅ Dein Kick-Konto **{{name}}** ist {{where}} verknüpft. Was du im Stream-Chat sammelst, zählt dort für dich; `/me` zeigt es.',
  failed:
    'Dein Kick-Konto wurde {{where}} nicht verknüpft: {{why}}. Bitte benutze dort wieder `/link`; wenn es weiter nicht klappt, sag jemandem Bescheid, der den Server verwaltet.',
  'why.refused': 'du hast es bei Kick nicht erlaubt',
  'why.expired': 'die Anmeldung hat zu lange gedauert',
  'why.kick_unavailable': 'Kick hat nicht geantwortet',
  'why.kick_refused': 'Kick hat die Anmeldung nicht angenommen',
  'why.unknown': 'die Anmeldung bei Kick ist fehlgeschlagen',
  'no_link.own':
    'Du hast dein Kick-Konto hier noch nicht verknüpft. Benutze einmal `/link`, und alles, was du im Stream-Chat sammelst, steht hier.',
  'no_link.other': 'Dieses Mitglied hat hier noch kein Kick-Konto verknüpft; das geht mit `/link`.',
  'chat.linked': 'dein Konto ist schon verknüpft; schreib /me in unserem Discord, um zu sehen, was du hast.',
  'chat.not_linked': 'schreib /link in unserem Discord, um dein Konto zu verknüpfen und deine Rollen zu bekommen.',
  'error.not_addressed': 'Diese Frage ist für jemand anderen.',
  'error.not_a_member': 'Du bist nicht mehr auf diesem Server; tritt ihm wieder bei und benutze dort `/link`.',
  'error.guild_gone': 'Ich bin nicht mehr auf diesem Server, deshalb wurde nichts verknüpft.',
  'error.which': 'Bitte nenne entweder das Mitglied oder den Kick-Namen.',
  'error.name': '`{{name}}` ist kein Kick-Name; solche haben nur Buchstaben, Ziffern, `_` und `-`.',
  'error.permission': 'Das dürfen nur Personen, die diesen Server verwalten dürfen.',
  'error.kick_away':
    'Kick antwortet gerade nicht, deshalb konnte ich das Konto nicht nachschlagen; versuch es in einer Minute noch einmal.',
  'error.unknown_account': 'Kick kennt kein Konto namens **{{name}}**; prüfe die Schreibweise.',
  'error.person': 'Verknüpft werden können nur Personen, die Mitglied dieses Servers sind.',
  unlinked:
    '{{member}} ist nicht mehr mit **{{name}}** verknüpft. Minuten und Punkte bleiben beim Kick-Konto, und das Mitglied kann wieder `/link` benutzen.',
  not_linked: '{{member}} hat auf diesem Server kein Kick-Konto verknüpft, also gibt es nichts aufzuheben.',
  name_not_linked: 'Auf diesem Server ist niemand mit **{{name}}** verknüpft.',
  'force.question':
    'Soll {{member}} mit **{{name}}** auf Kick verknüpft werden? Es wurde nicht gezeigt, wem das Konto gehört; sei dir also sicher. Es wird festgehalten, dass du es warst.',
  'force.yes': 'Verknüpfen',
  'force.linked': '✅ {{member}} ist mit **{{name}}** verknüpft.',
  'force.taken': '**{{name}}** ist mit {{member}} verknüpft; es wurde nichts geändert. Benutze dafür zuerst `/unlink`.',
  'force.has_another':
    '{{member}} ist mit **{{name}}** verknüpft; es wurde nichts geändert. Benutze dafür zuerst `/unlink`.',
  'rename.done': '✅ Was **{{old}}** gesammelt hat, gehört jetzt **{{name}}**.',
  'rename.same': 'Beide Namen sind gleich, also gibt es nichts zu übertragen.',
  'rename.two_accounts':
    '**{{old}}** und **{{name}}** sind zwei verschiedene Konten auf Kick, deshalb lege ich sie nicht zusammen.',
  'rename.two_links':
    '**{{old}}** ist mit {{one}} verknüpft und **{{name}}** mit {{other}}; benutze zuerst `/unlink` für eines davon.',
  'who.linked': '**{{name}}** ist seit {{when}} mit {{member}} verknüpft.',
  'who.earlier': 'Frühere Namen: {{names}}.',
  'history.title': 'Verlauf der Verknüpfungen',
  'history.none': 'Darüber ist noch nichts festgehalten.',
  'event.linked': '{{member}} hat **{{name}}** verknüpft',
  'event.refused': '{{member}} konnte **{{name}}** nicht verknüpfen',
  'event.unlinked': '{{member}} wurde von **{{name}}** getrennt',
  'event.forced': '{{member}} wurde von einem Admin mit **{{name}}** verknüpft',
  'event.renamed': '**{{old}}** heißt auf Kick jetzt **{{name}}**',
  'event.merged': '**{{old}}** wurde mit **{{name}}** zusammengelegt',
  'event.nobody': 'Niemand',
  'reason.account_has_another': 'das Konto ist mit einem anderen Mitglied verknüpft',
  'reason.member_has_another': 'das Mitglied hat ein anderes Konto verknüpft',
  'reason.declined': 'das Mitglied hat Nein gesagt',
  'reason.left': 'das Mitglied hat den Server verlassen',
  'by.member': 'durch {{who}}',
  'by.dashboard': 'über das Dashboard',
  'by.bot': 'durch den Bot',
  'by.kick': 'wie Kick mitteilte',
  'panel.title': 'Verknüpfe dein Kick-Konto',
  'panel.description':
    'Drücke den Knopf und melde dich einmal bei Kick an. Von da an zählt hier für dich, was du im Stream-Chat sammelst: Minuten, Punkte und Rollen.',
  'panel.button': 'Kick-Konto verknüpfen',
  'panel.removed': '✅ Das Panel ist entfernt.',
  'panel.none': 'Es gibt kein Panel; sende eines mit `/linkpanel post`.',
  'panel.too_long': 'Der Titel darf {{title}} Zeichen haben und der Text {{description}}.',
  'grant.no_role':
    'Es gibt noch keine Rolle für Verknüpfte; wähle eine mit `/settings set` und dem Schlüssel `kick_linked_role_id`.',
  'grant.cannot':
    'Ich kann {{role}} nicht vergeben: Ich brauche das Recht, Rollen zu verwalten, und die Rolle muss unter meiner stehen.',
  'grant.running': 'Ich vergebe die Rolle schon; die Nachricht dazu zeigt, wie weit ich bin.',
  'grant.begun':
    'Ich gebe {{role}} den Verknüpften, denen sie fehlt: {{waiting}} von {{total}}. Diese Nachricht hält dich auf dem Laufenden.',
  'grant.progress': 'Ich vergebe {{role}}: {{waiting}} von {{total}} warten noch.',
  'grant.left': 'Noch etwa {{time}}.',
  'grant.done':
    '✅ {{role}}: {{granted}} haben sie bekommen, {{had}} hatten sie, {{absent}} sind nicht auf dem Server, {{failed}} konnten sie nicht bekommen.',
  earning: 'Verknüpfe dein Kick-Konto mit `/link`, damit auch in Discord dir gehört, was du verdienst.',
}
