// Words of review and publication; loaded with the pages of plans.
export default {
  print: '打印', printAll: '全部片区走访单', printChanged: '只打印有变化的片区', printMeeting: '会议用对照单', title: '审核与发布 · {name}', way: '方案的步骤', impact: '生效后的变化', compare: '看对比', changed: '换管家（户）', ofAll: '{n} 栋，占 {share}%', keepers: '涉及管家', hands: '{n} 组交接', ofAreas: '共 {n} 个片区', first: '本街道还没有生效的方案，这会是第一个。',
  checks: '检查', rules: '哪些必须解决', rulesNote: '本街道的全部方案都按此检查。未划片始终必须解决。', blocked: '有必须先解决的问题，请在重划页逐项处理。', ack: '我已看过以上提醒', submittedBy: '由“{name}”送审，须由另一人审核。', notYou: '由您送审，须由另一人审核。', leaderDecides: '等待有批准权限的同事审核。', adminSubmits: '由网格管理员送审。',
  effective: '生效时间', now: '立即生效', reason: '理由（必填，写入记录）', reasonHint: '例如：春季调整，已征求各社区意见', restore: '恢复为新版本', restored: '{name}（恢复）', history: '经过（{n}）',
  check: { unassigned: '未划片', disconnected: '不连通', crosses_barrier: '跨阻隔', out_of_band: '超差', nobody_responsible: '无人负责', splits_compound: '拆分小区', empty_area: '空片区' },
  level: { block: '必须解决', warn: '提醒', off: '不查' },
  act: { consulting: '征求意见', in_review: '送审', approved: '批准', rejected: '退回修改', scheduled: '按时生效', now: '立即生效', draft: '改回草案', withdrawn: '撤回' },
  done: { consulting: '已公开征求意见', in_review: '已送审', approved: '已批准', rejected: '已退回', scheduled: '已定生效时间', draft: '已改回草案', withdrawn: '已撤回' },
  ended: { in_force: '方案正在生效；下一个方案生效时由它接替。', superseded: '方案已被替代，可恢复为新版本再走一遍审核。', withdrawn: '方案已撤回。' },
  open: { draft: '送审', consulting: '送审', in_review: '审核', approved: '定生效时间', scheduled: '待生效', in_force: '审核记录', superseded: '恢复', rejected: '退回处理', withdrawn: '审核记录' },
  kind: { drafted: '生成草案', draft: '改回草案', consulting: '公开征求意见', in_review: '送审', approved: '批准', rejected: '退回', scheduled: '定生效时间', withdrawn: '撤回' },
};
