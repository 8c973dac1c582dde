// Words of the phone pages. A neighbour speaks: no codes, no exclamation marks; what is optional says so.
export default {
  tabs: { label: '常用', today: '今日', report: '上报', visit: '巡查', area: '我的片区' },
  big: '大字', normal: '标准字', back: '返回', opinion: '给这个页面提意见', loading: '正在取数…', none: '这里还没有内容', days: '天', households: '户',
  nothingOwn: '这个账号还没有对应的片区。方案生效并安排了您的片区后，这里会列出楼幢。',
  today: {
    hello: '{name}，您好', date: '{date} · {area}', noArea: '还没有片区', households: '户数', buildings: '共 {n} 幢', unknown: '另有 {n} 幢没有户数', priority: '重点户', hardship: '特困 {n} 户', month: '本月走访', day: '今天 {n} 次', week: '本周 {n} 次', notNoted: '未登记',
    diary: '日记', card: '123 卡', first: '先去哪幢', order: '好久没去的在前', notYet: '天没去', never: '还没去过', sub: '{n} 户', subPriority: '重点 {n} 户', covered: '代管', enter: '替人代录', compliance: '{month} 该走的走了 {own}，各片区中位数 {median}', complianceNone: '上月没有该走的次数', noMedian: '（片区太少，不列中位数）',
  },
  visit: {
    which: '到哪幢了？', whichFor: '{name}：到哪幢了？', today: '今天去过', yesterday: '昨天去过', ago: '{n} 天没去', never: '还没去过', month: '全片区本月至少走到 {n} 户，共 {all} 户（{share}%）', monthNoShare: '全片区本月至少走到 {n} 户', last: '上次 {date}', lastNever: '还没有记录', priority: '重点 {n} 户',
    go: '走访', talk: '晚上谈心', lastNote: '上次记的', report: '上报一件事', diary: '写日记',
    howMany: '走到了几户？', of: '{door} · 共 {n} 户', ofUnknown: '{door} · 没有户数', nobody: '没人在家', more: '{n} 户以上', fewer: '回到 1–12 户', photo: '拍照', photoHint: '可以不拍', areas: '{n} 片区', note: '记一句', noteHint: '可不记', photoNeeded: '应急期间要拍一张',
    reachedMonth: '本月至少走到 {n} 户，共 {all} 户', pick: '先点户数', done: '完成：{n} 户', doneNobody: '完成：没人在家', sending: '正在存…', when: '哪天去的', whenHint: '不填就是现在', failed: '没存成，内容还在。再点一次就行。',
    saved: '记好了', savedText: '{door} 走到 {n} 户', savedNobody: '{door} 没人在家', kept: '已经存好，可以收起手机。', delegated: '代录', delegatedBy: '这是替 {name} 记的，记录上写明“代录”。', undo: '记错了，撤回', undone: '已撤回', why: '点错了', next: '下一幢好久没去的', home: '回今日', again: '再记一幢', kindNight: '夜谈', kindHousehold: '走访',
  },
  area: { title: '我的片区', sub: '{n} 幢 · {households} 户', picture: '片区示意图，{n} 幢楼，颜色深浅是多久没去，和下面的列表一样', list: '楼幢', plan: '{name} 第 {version} 版，{date} 起生效', card: '123 卡', diary: '民情日记', burden: '要填哪些内容', recent: '最近的走访', visits: '{n} 次', noVisits: '这 30 天还没有走访', band: { b0: '0–3 天', b1: '4–7 天', b2: '8–14 天', b3: '14 天以上', b4: '还没去过' }, signOut: '我的账号' },
  card: {
    title: '123 卡', one: '一个日记本', two: '两个信息群众都知道', three: '三个数据一口清', diaryN: '民情日记 {n} 条，其中 {red} 条还没有结果', secretary: '小区党支部书记是谁', keeper: '小管家是谁：{name}', households: '一、巡访范围户数', ofAreas: '{areas} 片区 · {n} 幢', estimated: '其中估算 {n} 户', priority: '二、重点户 · 特困户', visits: '三、走访次数（今天 · 本周 · 本月）', times: '次', tiers: '日访 {d} 户 · 周访 {w} 户 · 月访 {m} 户，一个月约 {n} 户次', tiersNone: '日周月访户数还没登记', priorityNone: '还没登记',
    plan: '按现行方案“{name}”第 {version} 版，{date} 起生效', noPlan: '没有生效的方案，没有数可报', print: '打印', asOf: '截至 {at}',
  },
  diary: {
    title: '我的日记', titleFor: '{name}的日记', write: '写一条', all: '全部 {n} 条', noRed: '有黑无红 {n} 条', waiting: '等了 {n} 天', waitingDays: '天了', byIssue: '上报 {code}', addRed: '补红字', progress: '看进展', print: '打印', saved: '存好了', delegated: '代录', none: '还没有日记', noneRed: '每条都有结果了',
    black: '黑字 · 问题', red: '红字 · 结果', blackHint: '遇到什么事', redHint: '没有结果就空着，先存问题', where: '哪一幢（可不选）', nowhere: '不选', save: '存好', sending: '正在存…', needBlack: '先写问题', needRed: '写下结果', handOver: '办不了的事，点“上报”请社区接手。', count: '{from} 至 {to}，共 {n} 条',
  },
  enter: { title: '替小管家代录', pick: '替谁记', hint: '写在本子上的走访和日记，可以由书记代录；记录上写明“代录”。', search: '姓名、小区、片区号', visit: '记走访', diary: '记日记', card: '123 卡', areas: '片区 {n}', none: '这个范围没有在岗的小管家', recent: '本范围最近的走访', noRecent: '这 30 天还没有走访', tiers: '楼幢的日周月访户数' },
  tiers: { title: '日周月访户数', hint: '只记每幢楼的户数，不记是哪一户。合计不能超过这一幢的户数。', compound: '小区', daily: '日访', weekly: '周访', monthly: '月访', priority: '重点户', hardship: '特困户', save: '保存', saved: '已保存', building: '楼幢', unknown: '另有 {n} 幢未登记', total: '合计', small: '< {n}', hidden: '少于 {n} 的数不显示' },
  burden: {
    title: '要填哪些内容', intro: '小管家在本系统里要填的全部内容都在这一页，由填写页面用的同一份清单生成。', form: { visit: '记一次走访', issue: '上报一件事', diary: '写一条日记', opinion: '提意见、投诉' }, taps: '最少点 {n} 下，上限 {most} 下', inputs: '最多 {n} 项，上限 {most} 项', fields: '{n} 项，必填 {must} 项',
    how: { tap: '点选', text: '打字', photo: '拍照' }, must: '必填', may: '可不填', what: '内容', way: '方式', need: '要求',
    field: { building: '哪一幢', kind: '走访还是夜谈', households: '走到几户', note: '一句话', photo: '照片', category: '什么事', place: '在哪里', words: '说明', answers: '该类别的选项', solved: '当场解决了', black: '黑字（问题）', red: '红字（结果）', door: '哪一幢', opinion: '意见或投诉', region: '哪个街道', contact: '联系方式' },
    never: '不填、也不记录的', neverList: { position: '位置、轨迹、步数、在线时长、登录次数', checkIn: '打卡、签到、积分、排名', which: '哪一户是重点户、特困户', before: '已经填过一次的内容' }, not: '系统自己知道、不问的', why: { clock: '按当时的时间', account: '按登录的账号', category: '按类别定', photo: '从照片来，要您同意', secretary: '只在书记代报时出现', visitor: '只在没有登录时出现', page: '这个页面定好了' },
    emergency: '应急状态的例外', emergencyNone: '现在没有例外。', emergencyUntil: '{what}：{reason}，到 {until} 为止，到期自动停止', exception: { visit_photo: '走访要一张照片' }, complain: '意见与投诉',
  },
  feedback: { title: '意见与投诉', intro: '不用登录。写下的话会作为一件事交给所选街道办理，可凭查询码看进展。', kind: '是', suggestion: '意见建议', complaint: '投诉', text: '想说什么', contact: '怎么联系您', optional: '可不填', region: '交给哪个街道', send: '提交', sending: '正在提交…', need: '先写几个字', noRegion: '现在没有可选的街道，请稍后再来。', done: '收到了', code: '查询码', see: '看进展', more: '再提一条' },
};
