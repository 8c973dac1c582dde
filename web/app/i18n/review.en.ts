// Words of review and publication; loaded with the pages of plans.
export default {
  print: 'Print', printAll: 'Sheets of all areas', printChanged: 'Only areas that change', printMeeting: 'Sheet for the meeting', title: 'Review and publish · {name}', way: 'Steps of the plan', impact: 'What changes when in force', compare: 'Compare', changed: 'Households changing keeper', ofAll: '{n} buildings, {share}%', keepers: 'Keepers affected', hands: '{n} hand-overs', ofAreas: 'of {n} areas', first: 'No plan is in force in this street yet: this will be the first.',
  checks: 'Checks', rules: 'What blocks', rulesNote: 'All plans of this street are checked like this. Unassigned always blocks.', blocked: 'Something must be solved first; do it on the redraw page.', ack: 'I have read these warnings', submittedBy: 'Submitted by {name}: somebody else has to review it.', reviewer: 'Reviewer', someoneElse: 'Somebody else (name)…',
  effective: 'In force from', now: 'at once', reason: 'Reason (required, recorded)', reasonHint: 'e.g. spring revision, communities consulted', restore: 'Restore as a new version', restored: '{name} (restored)', history: 'Record ({n})',
  check: { unassigned: 'Unassigned', disconnected: 'Disconnected', crosses_barrier: 'Across a barrier', out_of_band: 'Out of band', nobody_responsible: 'Nobody responsible', splits_compound: 'Compounds split', empty_area: 'Empty areas' },
  level: { block: 'blocks', warn: 'warns', off: 'off' },
  act: { consulting: 'Open for comment', in_review: 'Submit', approved: 'Approve', rejected: 'Send back', scheduled: 'Schedule', now: 'Into force now', draft: 'Back to draft', withdrawn: 'Withdraw' },
  done: { consulting: 'Open for comment', in_review: 'Submitted', approved: 'Approved', rejected: 'Sent back', scheduled: 'Scheduled', draft: 'A draft again', withdrawn: 'Withdrawn' },
  ended: { in_force: 'The plan is in force until another one takes over.', superseded: 'Another plan took over. It can be restored as a new version and reviewed again.', withdrawn: 'The plan was withdrawn.' },
  open: { draft: 'Submit', consulting: 'Submit', in_review: 'Review', approved: 'Set the date', scheduled: 'Scheduled', in_force: 'Record', superseded: 'Restore', rejected: 'Sent back', withdrawn: 'Record' },
  kind: { drafted: 'made the draft', draft: 'made it a draft again', consulting: 'opened it for comment', in_review: 'submitted it', approved: 'approved it', rejected: 'sent it back', scheduled: 'set the date', withdrawn: 'withdrew it' },
};
