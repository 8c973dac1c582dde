// Words of signing in, one's own account, accounts and the audit log; loaded with these pages.
export default {
  signIn: {
    title: '登录', lead: '网格管家 · {product}', login: '账号', password: '密码', code: '身份验证器上的 6 位数字', go: '登录', look: '不登录，看已公布的片区', forgot: '忘记密码？请找本单位的系统管理员重置。',
    demo: '演示账号', demoNote: '这里是合成的演示城市：点一个角色直接登录，不需要密码。', tryIt: '以{role}身份看看',
  },
  welcome: { title: '设置密码', first: '创建第一位系统管理员', lead: '至少 10 个字；用几个不相干的词连起来，好记也难猜。', name: '您的姓名', password: '新密码', again: '再输一遍', differ: '两次输入不一样', go: '保存并登录', broken: '链接不完整，请重新复制整条链接。' },
  own: {
    title: '我的账号', roles: '角色与范围', password: '修改密码', old: '原密码', changed: '密码已修改，其他电脑上的登录已退出', second: '第二重验证', secondOn: '已开启', secondOff: '未开启。开启后，登录时还要输入手机上的 6 位数字。', mustEnrol: '您的角色要求先开启第二重验证，之后才能使用。',
    begin: '开启', scan: '用身份验证器（如 FreeOTP、微信小程序“腾讯身份验证器”）扫描，或手工输入密钥：', confirm: '确认',
    tokens: '接口令牌', tokensNote: '给大屏、脚本等程序用。只显示一次，请立即保存。', tokenName: '用途', tokenScope: '范围', tokenDays: '有效天数', readOnly: '只能查看', make: '新建令牌', remove: '删除', until: '到 {date}',
  },
  accounts: {
    title: '账号与权限', make: '新建账号', login: '账号', name: '姓名', role: '角色', scope: '范围', scopeHint: '输入区划、小区、公司或小管家的名称', state: '状态', grants: '角色与范围', link: '一次性链接（只显示一次，请交给本人）', copy: '复制',
    disable: '停用', enable: '启用', reset: '重置密码', grant: '授予', approve: '批准', end: '收回', refuse: '不批准', proposedNote: '待安全管理员批准', states: { invited: '待设置密码', active: '有效', disabled: '已停用' }, none: '没有账号', second: '双重验证', cancel: '取消', add: '添加角色', filter: '姓名或账号',
  },
  audit: { title: '审计日志', search: '姓名、操作、编号、地址或理由', verify: '校验完整性', whole: '日志完整：{n} 条，止于第 {last} 条', when: '时间', who: '谁', from: '来自', what: '操作', on: '对象', why: '理由', outcome: '结果', outcomes: { done: '成功', denied: '拒绝', failed: '失败' }, does: { session_begin: '登录', session_end: '退出', session_end_all: '在所有电脑上退出', account_made: '新建账号', account_first_link: '打印首次设置链接', account_password: '设置密码', account_second_factor: '开启第二重验证', account_reset: '重置密码', account_disabled: '停用账号', account_enabled: '启用账号', grant_proposed: '授予角色', grant_approved: '批准角色', grant_ended: '收回角色', contact_revealed: '查看完整联系方式', token_made: '新建令牌', token_ended: '删除令牌', key_rotated: '更换密钥', audit_retain: '清理到期日志', backup_restored: '恢复备份' }, more: '更早的', none: '没有符合的记录' },
};
