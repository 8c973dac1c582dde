// Words of signing in, one's own account, accounts and the audit log; loaded with these pages.
export default {
  signIn: {
    title: 'Sign in', lead: 'Gridkeeper · {product}', login: 'Login', password: 'Password', code: 'Six digits of the authenticator', go: 'Sign in', look: 'Look at published areas without signing in', forgot: 'Forgot the password? Your system administrator resets it.',
    demo: 'Accounts of the demo', demoNote: 'This is a synthetic demo city: choose a role to sign in without a password.', tryIt: 'Look as {role}',
  },
  welcome: { title: 'Set a password', first: 'Make the first system administrator', lead: 'At least 10 characters; a few unrelated words are easy to keep and hard to guess.', name: 'Your name', password: 'New password', again: 'Once more', differ: 'The two are not the same', go: 'Save and sign in', broken: 'The link is not whole; copy all of it again.' },
  own: {
    title: 'My account', roles: 'Roles and where they hold', password: 'Change the password', old: 'Old password', changed: 'The password is changed; you are signed out on other computers', second: 'Second factor', secondOn: 'Switched on', secondOff: 'Switched off. When on, signing in asks for six digits from your phone as well.', mustEnrol: 'Your role has to set up a second factor before anything else.',
    begin: 'Switch on', scan: 'Scan with an authenticator (such as FreeOTP), or type the secret:', confirm: 'Confirm',
    tokens: 'Tokens for programs', tokensNote: 'For wall screens and scripts. Shown once: keep it at once.', tokenName: 'What for', tokenScope: 'Scope', tokenDays: 'Days', readOnly: 'May only look', make: 'New token', remove: 'Remove', until: 'until {date}',
  },
  accounts: {
    title: 'Accounts and rights', make: 'New account', login: 'Login', name: 'Name', role: 'Role', scope: 'Scope', scopeHint: 'name of a region, compound, company or keeper', state: 'State', grants: 'Roles and where', link: 'One-time link (shown once; hand it to the person)', copy: 'Copy',
    disable: 'Disable', enable: 'Enable', reset: 'Reset password', grant: 'Grant', approve: 'Approve', end: 'End', refuse: 'Refuse', proposedNote: 'waits for the security administrator', states: { invited: 'no password yet', active: 'active', disabled: 'disabled' }, none: 'No account', second: 'second factor', cancel: 'Cancel', add: 'Add a role', filter: 'Name or login',
  },
  audit: { title: 'Audit log', search: 'Name, action, identity, address or reason', verify: 'Verify', whole: 'The log is whole: {n} entries, up to number {last}', when: 'When', who: 'Who', from: 'From', what: 'Action', on: 'On', why: 'Reason', outcome: 'Outcome', outcomes: { done: 'done', denied: 'denied', failed: 'failed' }, does: { session_begin: 'signed in', session_end: 'signed out', session_end_all: 'signed out everywhere', account_made: 'made an account', account_first_link: 'printed the first link', account_password: 'set a password', account_second_factor: 'switched the second factor on', account_reset: 'reset a password', account_disabled: 'disabled an account', account_enabled: 'enabled an account', grant_proposed: 'granted a role', grant_approved: 'approved a role', grant_ended: 'ended a role', contact_revealed: 'looked at a whole contact', token_made: 'made a token', token_ended: 'removed a token', key_rotated: 'changed the key', audit_retain: 'let old entries go', backup_restored: 'put a backup back' }, more: 'Older', none: 'Nothing found' },
};
