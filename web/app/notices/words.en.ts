// Words of notices: what hangs at each door.
export default {
  answer: '{buildings} buildings lie in published areas; the notices of {verified} are verified, {coverage}; {gap} are missing', none: 'No building of a published area lies here, so there is no notice to look at', worst: 'Most missing: ',
  by: { compound: 'By compound', door: 'By building' }, filter: 'Compound or community', states: 'State', all: 'All',
  state: { gap: 'Gaps', to_print: 'To hang', to_replace: 'To replace', to_remove: 'To remove', posted: 'To verify', due_check: 'Check due', verified: 'Verified', removed: 'Removed' },
  reason: { plan_changed: 'area or keepers changed', keeper_changed: 'name, number or consent changed', keeper_left: 'a keeper left', secretary_changed: 'another secretary or number', no_area: 'in no area any more', by_hand: 'marked by hand' },
  head: { compound: 'Compound', verified: 'Verified', gap: 'Missing', ratio: 'Coverage' }, sum: 'Total', doors: '{n} buildings', nobody: 'No such building', whole: 'Whole scope', back: 'All compounds',
  choose: 'Choose {name}', chooseAll: 'Choose all {n}', chosen: '{n} chosen', clear: 'Clear', mark: 'Mark as', marked: '{done} done, {refused} refused', close: 'Close',
  to: { posted: 'Hung', verified: 'Verified', to_replace: 'To replace', to_remove: 'To remove', removed: 'Removed', to_print: 'Wants a new one' },
  print: { changed: 'Print the {n} to be replaced', all: 'Print all {n}', chosen: 'Print these {n}', paper: 'Paper', busy: 'Setting type…', done: '{n} sheets, in walking order', noUrl: 'No public address is set: the sheets carry no code' },
  printed: 'printed, ready to hang', when: { posted: 'hung {day}', checked: 'verified {day}', printed: 'printed {day}', removed: 'removed {day}', never: 'never hung' }, area: 'area {label}', noArea: 'no area', page: 'Residents’ page', poster: 'Sheet',
  foot: 'A notice is due for a look {days} days after it was verified; as of {at}. Sheets hold consented names and duty numbers only.', legend: 'One dot for each building; dark is work to be done', more: 'Only the first {n} are listed: choose a compound',
  contact: { label: 'Numbers for residents', compound: 'Secretary of the compound', community: 'Community', name: 'Name', phone: 'Number', hours: 'Hours', save: 'Publish', saved: 'Published; the residents’ pages follow at once', hint: 'What is entered here is public: use a duty number', triad: 'Where “Organisations” names a secretary in office, that one is shown, not this entry' },
};
