// Words of notices: what hangs at each door.
export default {
  answer: '{buildings} 幢楼在已公布的片区里，{verified} 幢的公示牌已核对，覆盖率 {coverage}；还差 {gap} 幢', none: '这里没有已公布片区的楼栋，所以没有公示牌可看', worst: '差得最多：',
  by: { compound: '按小区', door: '按楼栋' }, filter: '小区或社区名', states: '状态', all: '全部',
  state: { gap: '有缺口', to_print: '待张贴', to_replace: '待更换', to_remove: '待撤下', posted: '待核对', due_check: '该复核', verified: '已核对', removed: '已撤下' },
  reason: { plan_changed: '片区或小管家有变', keeper_changed: '姓名、电话或同意有变', keeper_left: '小管家已离任', secretary_changed: '书记或其电话有变', no_area: '已不在片区内', by_hand: '人工标记' },
  head: { compound: '小区', verified: '已核对', gap: '差', ratio: '覆盖率' }, sum: '合计', doors: '{n} 幢', nobody: '没有这样的楼栋', whole: '整个范围', back: '所有小区',
  choose: '选择 {name}', chooseAll: '全选 {n} 幢', chosen: '已选 {n} 幢', clear: '取消选择', mark: '标记为', marked: '完成 {done} 幢，未成 {refused} 幢', close: '收起',
  to: { posted: '已张贴', verified: '已核对', to_replace: '待更换', to_remove: '待撤下', removed: '已撤下', to_print: '重新要一张' },
  print: { changed: '打印要换的 {n} 张', all: '全部打印 {n} 张', chosen: '打印这 {n} 张', paper: '纸张', busy: '正在排版…', done: '已生成 {n} 张，按走访顺序排列', noUrl: '没有设置公开网址，公示牌上没有二维码' },
  printed: '已打印，可以张贴', when: { posted: '张贴 {day}', checked: '核对 {day}', printed: '打印 {day}', removed: '撤下 {day}', never: '还没有张贴过' }, area: '{label} 片区', noArea: '无片区', page: '居民页', poster: '看样张',
  foot: '已核对满 {days} 天要再看一眼；截至 {at}。公示牌只有经本人同意的姓名和值班电话。', legend: '图上每幢楼一个点，深色是要做的事', more: '只列出前 {n} 幢，请选小区',
  contact: { label: '居民能打的电话', compound: '小区书记', community: '社区', name: '姓名', phone: '电话', hours: '服务时间', save: '公布', saved: '已公布，居民页马上更新', hint: '填了就会公开，请填值班电话', triad: '“三方”里登记了在任书记的小区，公示以三方为准，这里填的不显示' },
};
