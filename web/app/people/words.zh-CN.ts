// Words of people: roster, recruitment, organisations, assessments.
export default {
  title: '小管家', tabs: { label: '小管家分页', roster: '名册', recruit: '招募', triads: '三方', assess: '考核' }, asOf: '截至 {at}', loading: '正在载入…', pick: '选一行看详情', back: '返回列表', save: '保存', cancel: '取消', done: '已保存',
  roster: {
    answer: '在岗专职 {full} 人，兼职 {part} 人，今日休假 {leave} 人', short: '缺 {n} 人，{compounds} 个小区', noShort: '没有缺人的小区', find: '姓名、小区、片区号', states: { in_post: '在岗', unmentored: '待带教', untrained: '未培训', left: '已离岗', all: '全部' }, state: '状态', total: '{n} 人', more: '再载入',
    vacancies: '空缺在前', vacancyHead: { compound: '小区', households: '户数', required: '应配', inPost: '在岗', short: '缺', cover: '顶岗', recruiting: '招募中' }, nobodyCovers: '无人顶岗', covers: '{name}（{why}）', allVacancies: '全部 {n} 个', fewerVacancies: '只看前 {n} 个',
    head: { name: '姓名', area: '片区', load: '户数 / 可服务', term: '任期至', phone: '值班电话', state: '休假与顶岗' }, loadOf: '{n} / {cap} 户，{p}%', noLoad: '户数不公开或未入片区', termOver: '任期已满', noTerm: '未约定', onLeave: '休假至 {to}', coveredBy: '由{name}顶岗（{why}）', coverFor: '顶岗{compound}（{why}）', part: '兼职', untrained: '未培训', needsMentor: '待带教', kit: '物品 {n}/{of}', none: '没有符合条件的人',
    needs: '待办', order: '应购物品 {n} 件（{posts} 岗 × 4 样，减去在用）', untrainedN: '{n} 名专职尚未参加培训', unmentoredN: '{n} 名新任未满 90 天、无人带教', noTraining: '没有办过培训的社区：{names}', unreturned: '离任未归还 {n} 件', export: '导出名册',
  },
  groups: { label: '培训与带教', chosen: '已选 {n} 人', training: '登记培训', mentors: '组带教组', clear: '全部取消', drop: '去掉{name}', all: '选中本页全部', pick: '选{name}', title: '培训名称', held: '培训日期', region: '为哪里办', street: '街道 {code}', mentor: '带教人', pickMentor: '请选择', to: '结束（可不填）', tooMany: '一组最多 {n} 人', trained: '已登记 {n} 人参加培训', grouped: '已组成带教组，{n} 名组员', save: { training: '登记 {n} 人参加', mentors: '组成 {n} 人的组' } },
  card: {
    title: '{name}', history: '任职经历', home: '居住', livesThere: '住在本小区', livesElsewhere: '不住在本小区', noHome: '未登记', consent: '公示同意', noConsent: '未同意公示', kit: '物品', trainings: '培训', noTrainings: '还没有参加培训', mentor: '带教', noMentor: '没有带教', leaves: '休假', covers: '顶岗', now: '至今', capacity: '可服务 {n} 户', acts: '办理', members: '带{names}', by: '由{name}带教', endGroup: '今天结束',
    act: { end: '结束任命', leave: '登记休假', cover: '安排顶岗', kit_issue: '发放物品', terms: '任期与户数', area: '调整片区' }, last: '最后一天', reason: '原因', from: '开始', to: '结束', compound: '顶岗小区', why: '事由', items: '物品', on: '日期', capacityField: '可服务户数', termEnd: '任期至', area: '片区', noArea: '不安排片区', areaOf: '{label} {name}（{filled}/{seats} 人）', returned: '{day} 归还', out: '在用', takeBack: '归还', cancelLeave: '取消', endCover: '今天结束', go: '确认{what}', leaveNote: '不登记休假事由', openEnded: '长期',
    endReasons: { resigned: '辞任', term_ended: '任期届满', removed: '免职', moved: '调整岗位', other: '其他' }, coverReasons: { vacancy: '岗位空缺', leave: '休假', load: '临时任务重' }, kitItems: { vest: '红色马甲', badge: '工作证', notebook: '民情记录簿', cards: '联系卡' },
  },
  photo: { title: '照片', alt: '{name}的照片', none: '没有照片。公示牌和居民页只写姓名和电话。', notNamed: '没有照片。本人尚未同意公示姓名，不能公示照片。', consented: '本人 {day} 同意公示这张照片', add: '登记照片', change: '换照片', withdraw: '撤回同意并删除', withdrawn: '照片已删除，相关公示牌已标为待更换', file: '照片文件', consent: '本人同意公示这张照片的日期', note: '照片转正、裁成 3:4、压到 40 kB 以内，不保留拍摄时间和地点；只在任职期间显示在公示牌和居民页，相关公示牌会标为待更换。', save: '保存照片' },
  recruit: {
    answer: '{n} 件进行中', mine: '等您办理 {n} 件', noneMine: '没有等您办理的', list: '轮到谁', funnel: '各社区漏斗', waiting: '已等 {n} 天', overdue: '超过提醒天数', over: '已结束', open: '进行中', begin: '登记报名或推荐', step: '第 {n} 步', by: '由{who}办理', stepDone: '{who} {at}', stepState: { done: '已办', open: '待办', refused: '未通过', later: '未到' }, verdictOn: '今天任命：{verdict}', own: '本人案卷，须由他人办理', notMine: '现在待办：{step}，由{who}办理', cannotYet: '点“办理”可提交其它步骤，未到的会被拒绝', decide: '办理“{step}”', approve: '通过', refuse: '不通过', withdraw: '本人撤回', suspend: '暂缓', resume: '恢复', note: '理由或说明', noteNeeded: '不通过、撤回、暂缓须写明理由', start: '上岗日期', termEnd: '任期至', decided: '已办理“{step}”', appointed: '已任命，{name}进入名册', seeRoster: '到名册看', noteOf: '说明：{note}',
    funnelHead: { community: '社区', short: '缺', open: '进行中', overdue: '超时', over: '未通过 / 撤回', appointed: '已任命' }, funnelNote: '共 {n} 件，{steps} 条步骤记录；只有数字，没有姓名', prepare: '补充资料', birth: '出生日期', joined: '入党日期', phone: '值班电话', privatePhone: '私人电话', name: '姓名', kind: '岗位', full: '专职', part: '兼职', compound: '小区', first: '这一步是', apply: '本人报名', recommend: '网格员推荐', sealed: '出生日期、入党日期和私人电话加密保存', none: '没有进行中的招募',
  },
  triads: {
    answer: '{n} 个小区：三人齐 {triad} 个，三方齐 {parties} 个', warned: '提醒 {n} 个', people: '指导员 · 书记 · 小管家', parties: '党支部 · 业委会 · 物业', missing: '缺{what}', complete: '齐', head: { compound: '小区', people: '三人', parties: '三方', warn: '提醒' }, keepers: '{n} 名小管家', add: '登记', end: '结束', former: '此前', name: '名称或姓名', phone: '值班电话', consent: '同意公开值班电话的日期', from: '开始日期', kind: '种类', since: '{from} 起', filter: '筛选', all: '全部', gaps: '只看缺的', none: '没有缺口',
    kinds: { branch: '党支部', secretary: '党组织书记', party_guide: '党建指导员', owners_committee: '业主委员会', property_company: '物业公司' },
  },
  assess: {
    period: '季度', answer: '{period}：{n} 人', own: '我的考核', median: '本社区中位数', noMedian: '不足 5 人，不公布中位数', organisation: '组织评价', residents: '群众评议', mean: '平均', grade: '结果', state: '状态', score: '评分', show: '告知本人', appeal: '申诉', answerAppeal: '答复申诉', finish: '定为结果', appealText: '申诉内容', answerText: '答复', corrected: '更正分数（可不填）', judge: '谁评', value: '分数（0–100）', noneOwn: '本季度还没有您的考核结果', figures: '分布', hidden: '不足 {n} 人，不公布', few: '少于 {n}', notRanked: '按社区、小区、姓名排列，不排名次', head: { name: '姓名', organisation: '组织', residents: '群众', grade: '结果', state: '状态' }, said: '申诉：{text}', answered: '答复：{text}', people: '{n} 人', medianOf: '中位数 {m}',
  },
};
