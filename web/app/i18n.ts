// Chinese first, then English.
import { createI18n } from 'vue-i18n';

const zh = {
  product: '网格管家', overview: '总览', areas: '片区', coverage: '缺口', data: '数据', allCommunities: '全部社区', search: '小区、楼栋、管家 · 可输 xfy', searchNone: '没有找到“{q}”',
  loopback: '仅本机访问', synthetic: '合成数据', crs: 'WGS 84', approval: '审图号：{no}', skip: '跳到列表', elder: '大字', lang: 'English', close: '关闭', retry: '重试', cancel: '取消', confirm: '确定',
  modeAreas: '片区色', modeDeviation: '偏差', modeCoverage: '配备', legend: '图例', loading: '正在载入 {what}…', failed: '出错了',
  required: '应配', inPost: '在岗', short: '缺口', coverageRatio: '覆盖率', partTime: '兼职', households: '户数', estimated: '其中估算', unknown: '户数未知',
  answer: '应配 {required} 人，在岗 {inPost} 人，覆盖率 {ratio}，缺 {short} 人', answerWorst: '；缺口最大的是', basis: '{n} 个小区 · {households} 户 · 截至 {date} · {policy}',
  noPlan: '还没有生效的方案', planAnswer: '{areas} 个片区，最大偏差 {worst}，超差 {out} 个', area: '片区', seats: '席位', keepers: '小管家', vacancy: '缺 {n}', nobody: '无人 · 缺 {n}', target: '目标 {n} 户', deviation: '偏差', heavy: '不可再分', worstFirst: '偏差大在前',
  units: '{n} 栋（单元）', compounds: '小区', community: '社区', compound: '小区', building: '楼栋', floors: '{n} 层', basisLabel: '口径', source: '来源', asOf: '截至', property: '物业', inArea: '所在片区', split: '拆为 {n} 片',
  planName: '方案', state: '状态', run: '划分', running: '正在划分', publish: '发布', publishTitle: '让方案生效', reason: '理由（必填）', acknowledge: '已知悉超差与孤立单元', deletePlan: '删除草案', exports: '导出',
  settings: '划分设置', targetHouseholds: '每片区户数', band: '容差 ±%', compoundsRule: '小区', whole: '保持完整', prefer: '尽量完整', free: '可拆分', seed: '种子', seedHelp: '同一种子得到同一方案',
  phase_load: '读取数据', phase_divide: '初分', phase_improve: '优化', phase_done: '完成', phase_store: '保存', phase_read: '读取文件', phase_match: '比对', phase_atlas: '更新地图', phase_city: '生成城市', phase_plan: '划分', worst: '最大偏差',
  zones: '分区三个数', zone: '分区', forced: '分区所限', achieved: '达到', bound: '已证下界', splits: '被拆分的小区', problems: '说明', stale: '数据已变，方案需重做', changed: '换管家 {n} 户',
  state_draft: '草案', state_consulting: '征求意见', state_in_review: '审核中', state_approved: '已批准', state_scheduled: '待生效', state_in_force: '生效中', state_superseded: '已被替代', state_withdrawn: '已撤回', state_rejected: '未通过',
  class_far_under: '低于 −{bad}%', class_under: '−{bad}% 到 −{band}%', class_within: '±{band}% 以内', class_over: '+{band}% 到 +{bad}%', class_far_over: '高于 +{bad}%',
  cover_none: '0%', cover_low: '1–49%', cover_half: '50–74%', cover_most: '75–99%', cover_full: '100%', cover_unknown: '户数未知',
  importTitle: '导入文件', drop: '把文件拖到这里，或点击选择', dropHelp: 'GeoJSON、CSV、XLSX、Shapefile（zip 或散文件），最大 512 MB', kind: '种类', kind_regions: '行政区划', kind_grids: '网格', kind_compounds: '小区', kind_buildings: '楼栋', kind_barriers: '阻隔（河、铁路、主干道）', kind_gates: '出入口', kind_housekeepers: '小管家',
  crsLabel: '坐标系', crsChoose: '请选择，不会自动猜测', crsDeclared: '文件声明：{crs}', regionLabel: '社区代码，或临时区划名称', regionHelp: '没有社区列时填写；填名称会建立一个临时区划', columnsTitle: '列对应', column: '列', sample: '示例', field: '含义', ignore: '不使用', basisTitle: '户数口径', sourceLabel: '来源', dryRun: '试运行', storeIt: '入库', undo: '撤销', undoneRows: '已撤销 {n} 行', reportTitle: '报告', read: '读取', stored: '新增', updated: '更新', unchanged: '未变', mended: '修复', refused: '拒绝', waitingN: '待落点', warnings: '警告', row: '行', value: '值', taken: '采用的类别', left: '未采用的类别', downloadCsv: '下载全部问题（CSV）', history: '导入记录', waitingTitle: '待落点', placeIt: '在地图上点选', placing: '请在地图上点击“{name}”的位置（Esc 取消）', dismiss: '忽略', importState_dry_run: '试运行', importState_stored: '已入库', importState_undone: '已撤销', importState_failed: '失败', dryNothing: '试运行：没有写入任何数据', encoding: '编码 {e}',
  basis_unstated: '未注明', basis_registered: '户籍户', basis_resident: '常住户', basis_dwellings: '房屋套数', basis_occupied: '入住户',
  emptyTitle: '还没有数据', emptyText: '可以从三处开始：', emptyImport: '导入自己的文件', emptyDemo: '建立演示城市：', emptyDocs: '用户手册见 docs/user-guide.md', noWebgl: '这个浏览器不能绘制地图（没有 WebGL），下面的列表包含同样的内容。', externalProblems: '{n} 条数据未显示',
  sums: '合计', results: '搜索结果', panel: '面板', navigation: '导航', map: '地图', scope: '范围', none: '无', severity_refused: '拒绝', severity_warning: '警告', severity_mended: '修复', severity_note: '说明', details: '详情', noAreaHere: '不在任何片区内',
};
const en: typeof zh = {
  product: 'Gridkeeper', overview: 'Overview', areas: 'Areas', coverage: 'Gaps', data: 'Data', allCommunities: 'All communities', search: 'compound, building, keeper · try xfy', searchNone: 'nothing found for “{q}”',
  loopback: 'this computer only', synthetic: 'Synthetic data', crs: 'WGS 84', approval: 'Map approval no.: {no}', skip: 'Skip to the list', elder: 'Large type', lang: '中文', close: 'Close', retry: 'Try again', cancel: 'Cancel', confirm: 'OK',
  modeAreas: 'Areas', modeDeviation: 'Deviation', modeCoverage: 'Staffing', legend: 'Legend', loading: 'Loading {what}…', failed: 'Something went wrong',
  required: 'Required', inPost: 'In post', short: 'Short', coverageRatio: 'Coverage', partTime: 'Part-time', households: 'Households', estimated: 'estimated', unknown: 'households unknown',
  answer: '{required} required, {inPost} in post, coverage {ratio}, {short} short', answerWorst: '; the largest gaps: ', basis: '{n} compounds · {households} households · as of {date} · {policy}',
  noPlan: 'No plan is in force yet', planAnswer: '{areas} areas, worst deviation {worst}, {out} out of band', area: 'Area', seats: 'Seats', keepers: 'Keepers', vacancy: '{n} missing', nobody: 'nobody · {n} missing', target: 'target {n}', deviation: 'Deviation', heavy: 'cannot be divided', worstFirst: 'worst first',
  units: '{n} units', compounds: 'Compounds', community: 'Community', compound: 'Compound', building: 'Building', floors: '{n} storeys', basisLabel: 'Basis', source: 'Source', asOf: 'As of', property: 'Property company', inArea: 'Patrol area', split: 'in {n} areas',
  planName: 'Plan', state: 'State', run: 'Make a plan', running: 'Planning', publish: 'Publish', publishTitle: 'Put the plan into force', reason: 'Reason (required)', acknowledge: 'I have read what is out of band or isolated', deletePlan: 'Delete draft', exports: 'Export',
  settings: 'Settings of the plan', targetHouseholds: 'Households per area', band: 'Tolerance ±%', compoundsRule: 'Compounds', whole: 'keep whole', prefer: 'whole if possible', free: 'may be divided', seed: 'Seed', seedHelp: 'the same seed makes the same plan',
  phase_load: 'reading the data', phase_divide: 'first division', phase_improve: 'improving', phase_done: 'done', phase_store: 'storing', phase_read: 'reading the file', phase_match: 'matching', phase_atlas: 'updating the map', phase_city: 'making the city', phase_plan: 'planning', worst: 'worst deviation',
  zones: 'Three numbers per zone', zone: 'Zone', forced: 'Forced', achieved: 'Achieved', bound: 'Proved bound', splits: 'Divided compounds', problems: 'Notes', stale: 'the data changed; plan again', changed: '{n} households change keeper',
  state_draft: 'draft', state_consulting: 'consulting', state_in_review: 'in review', state_approved: 'approved', state_scheduled: 'scheduled', state_in_force: 'in force', state_superseded: 'superseded', state_withdrawn: 'withdrawn', state_rejected: 'rejected',
  class_far_under: 'below −{bad}%', class_under: '−{bad}% to −{band}%', class_within: 'within ±{band}%', class_over: '+{band}% to +{bad}%', class_far_over: 'above +{bad}%',
  cover_none: '0%', cover_low: '1–49%', cover_half: '50–74%', cover_most: '75–99%', cover_full: '100%', cover_unknown: 'households unknown',
  importTitle: 'Import a file', drop: 'Drop a file here, or click to choose', dropHelp: 'GeoJSON, CSV, XLSX, Shapefile (zip or loose), at most 512 MB', kind: 'Kind', kind_regions: 'Regions', kind_grids: 'Grids', kind_compounds: 'Compounds', kind_buildings: 'Buildings', kind_barriers: 'Barriers (rivers, rail, major roads)', kind_gates: 'Gates', kind_housekeepers: 'Housekeepers',
  crsLabel: 'Coordinate system', crsChoose: 'choose; it is never guessed', crsDeclared: 'the file declares {crs}', regionLabel: 'Community code, or a provisional name', regionHelp: 'when there is no community column; a name makes a provisional region', columnsTitle: 'Columns', column: 'Column', sample: 'Sample', field: 'Meaning', ignore: 'leave out', basisTitle: 'Basis of households', sourceLabel: 'Source', dryRun: 'Dry run', storeIt: 'Store', undo: 'Undo', undoneRows: '{n} rows taken back', reportTitle: 'Report', read: 'read', stored: 'new', updated: 'updated', unchanged: 'unchanged', mended: 'mended', refused: 'refused', waitingN: 'waiting', warnings: 'warnings', row: 'Row', value: 'Value', taken: 'Classes taken', left: 'Classes left', downloadCsv: 'Download all problems (CSV)', history: 'Imports', waitingTitle: 'Waiting for a place', placeIt: 'Place on the map', placing: 'Click the place of “{name}” on the map (Esc cancels)', dismiss: 'Put aside', importState_dry_run: 'dry run', importState_stored: 'stored', importState_undone: 'undone', importState_failed: 'failed', dryNothing: 'Dry run: nothing was stored', encoding: 'encoding {e}',
  basis_unstated: 'not stated', basis_registered: 'registered', basis_resident: 'resident', basis_dwellings: 'dwellings', basis_occupied: 'occupied',
  emptyTitle: 'No data yet', emptyText: 'Three ways to begin:', emptyImport: 'Import your own files', emptyDemo: 'Make the demo city: ', emptyDocs: 'The user guide is docs/user-guide.md', noWebgl: 'This browser cannot draw the map (no WebGL); the lists hold the same content.', externalProblems: '{n} rows are not shown',
  sums: 'Total', results: 'Search results', panel: 'Panel', navigation: 'Navigation', map: 'Map', scope: 'Scope', none: 'none', severity_refused: 'refused', severity_warning: 'warning', severity_mended: 'mended', severity_note: 'note', details: 'Details', noAreaHere: 'in no patrol area',
};

const saved = localStorage.getItem('gridkeeper.lang');
export const i18n = createI18n({ legacy: false, locale: saved === 'en' ? 'en' : 'zh-CN', fallbackLocale: 'zh-CN', messages: { 'zh-CN': zh, en } });

export function switchLanguage(): void {
  const next = i18n.global.locale.value === 'en' ? 'zh-CN' : 'en';
  i18n.global.locale.value = next;
  localStorage.setItem('gridkeeper.lang', next);
  document.documentElement.lang = next;
}
