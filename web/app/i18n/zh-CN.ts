// Chinese first. Units follow their figure; full-width punctuation in sentences.
export default {
  product: '网格管家',
  nav: { label: '主导航', overview: '总览', areas: '片区', coverage: '缺口', data: '数据' },
  top: {
    scope: '范围', wholeStreet: '全部社区', search: '小区、楼栋、管家、片区 · 可输 xfy', searchShort: '搜索', loopback: '仅本机访问', loopbackHint: '服务只在这台电脑上可以打开，别的电脑连不上',
    language: 'English', elder: '大字', elderOff: '标准字', pickScope: '选择范围', filterScope: '输入名称或拼音首字母，如 xf', provisional: '临时区划',
    noHit: '没有找到“{q}”。可试小区名、楼号（3号楼、3#）、拼音首字母。', kinds: { compound: '小区', building: '楼栋', community: '社区', housekeeper: '管家', area: '片区' },
  },
  unit: { households: '户', people: '人', areas: '个', compounds: '个小区', buildings: '栋', pieces: '块' },
  fill: { label: '填色', areas: '片区色', deviation: '偏差', coverage: '配备', load: '负荷', key: 'M 键切换' },
  map: {
    label: '责任片区地图', zoomIn: '放大', zoomOut: '缩小', fit: '全图', approval: '审图号：{no}', synthetic: '合成数据', noWebgl: '表格模式。这个浏览器打不开地图，列表与地图内容相同，其余功能照常。',
    tileError: '部分地图没有载入。列表与数字可用。', retry: '重试', loading: '正在载入地图…', legendArea: '{n} 个片区，颜色只区分相邻片区', over: '超出（向外）', under: '不足（向内）', none: '无数据',
    notRequired: '应配 0 人', legendCoverage: '小区配备（在岗 ÷ 应配）', legendDeviation: '片区偏差', legendLoad: '每对在岗管家的户数', nCompounds: '{n} 个小区', nAreas: '{n} 个片区', noPlan: '还没有片区', place: '请在地图上点出“{name}”的位置，Esc 取消', selectionClear: '取消选择',
  },
  panel: { label: '详情与列表', resize: '调整面板宽度', expand: '展开面板', collapse: '收起面板' },
  figure: { asOf: '截至', scope: '范围', n: '依据', rule: '口径', compounds: '{n} 个小区', basis: { registered: '户籍户', resident: '常住户', dwellings: '房屋套数', occupied: '入住户', estimated: '估算', unstated: '未注明口径' }, estimated: '估算', source: '来源' },
  overview: {
    answer: '{scope} {households} 户应配 {required} 人，在岗 {inPost} 人，覆盖率 {coverage}%，缺 {short} 人。', answerNone: '{scope} {households} 户。没有应配依据：户数未知。', worst: '缺口最大：{names}',
    coverage: '覆盖率', inPost: '在岗', short: '缺口', areas: '片区', outOfBand: '超差片区', of: '应配 {n} 人', partTime: '另有兼职 {n} 人', ofAreas: '共 {n} 个，带 ±{band}%', worstDeviation: '最大偏差 {d}', plans: '现行方案', noPlan: '尚无生效方案',
    communities: '各社区', ranking: '缺口排名', rankingNote: '{n} 个小区，缺口大者在前', unknown: '{n} 个小区户数未知，不计入', estimatedNote: '其中估算 {n} 户', policy: '配备标准', copyLink: '复制链接', copied: '链接已复制',
    community: '社区', required: '应配', allShown: '合计',
  },
  areas: {
    redraw: '重划', copyRedraw: '复制并重划', draftName: '{date} 草案', drift: { title: '户数变化', left: '{n} 个片区（共 {all} 个）按今天的户数已超出允许偏差。', unassigned: '{n} 栋新楼 {households}户 还没有片区。', repair: '建修复草案（换人最少）', draftName: '{date} 修复草案' }, title: '片区划分', plan: '方案', run: '自动划分', runFirst: '生成第一个方案', publish: '发布', delete: '删除草案', exports: '导出', households: '户数', deviation: '偏差，大在前', areaKeepers: '片区 · 管家', vacancy: '缺 {n}', nobody: '无人 · 缺 {n}',
    count: '片区', target: '目标', targetEach: '目标 {n} 户', out: '超差', worst: '最大偏差', changed: '换管家', bandNote: '目标线与 ±{band}% 带', heavy: '不可再分', pieces: '{n} 块', seats: '{filled}/{seats} 在岗', rows: '第 {a}–{b} 行，共 {n}',
    none: '这个范围还没有方案', noneHint: '{compounds} 个小区 {buildings} 栋 {households} 户，约需 {areas} 个片区。', stale: '数据在方案生成后有更新，建议重新划分。', fit: '定位', details: '说明', list: '片区', zones: '分区', splits: '拆分', problems: '检查',
    states: { draft: '草案', consulting: '征求意见', in_review: '审核中', approved: '已批准', scheduled: '待生效', in_force: '生效中', superseded: '已被替代', withdrawn: '已撤回', rejected: '未通过' },
    zoneHead: { zone: '分区', areas: '片区', households: '户数', forced: '取整必然', achieved: '达到', bound: '理论下限' }, zoneNote: '“取整必然”是分区户数除不尽目标的偏差，划分改变不了；“达到”是方案里最大的偏差；“理论下限”已证明不可能更小。',
    splitPieces: '分入 {n} 个片区', noSplits: '没有小区被拆分。', noProblems: '没有发现问题。', unassigned: '未分配', disconnected: '不连通', isolated: '孤立楼栋', withoutAttach: '不算附着 {n}', offTarget: '相对设定 {d}', compactness: '紧凑度', members: '楼栋', compounds: '小区', back: '返回列表', seed: '种子 {n}', made: '{who} 于 {when} 生成',
    deleteAsk: '删除草案“{name}”？删除后不能恢复。', deleted: '草案已删除',
  },
  run: {
    title: '自动划分', target: '每对管家的目标户数', band: '允许偏差（±%）', seats: '每片区管家人数', compounds: '小区是否可拆', whole: '整小区，超重才拆', prefer: '尽量整小区', free: '不限', grids: '片区不跨网格', seed: '随机种子', seedHint: '相同数据与种子，结果相同', name: '方案名称（可不填）', start: '开始划分', scope: '{name}：{households} 户，约 {areas} 个片区', communityScope: '只重划 {name}，其余社区沿用现行方案',
    running: '正在划分', queued: '排队中', phase: { load: '读入数据', store: '保存方案', divide: '切分片区', improve: '改进平衡', done: '完成', atlas: '更新地图' }, worst: '最大偏差', out: '超差 {n} 个', cancel: '取消', cancelled: '已取消，没有保存任何内容。', failed: '没有完成', done: '方案已生成', chart: '最大偏差随时间下降', close: '收起',
  },
  publish: {
    title: '发布方案', lead: '发布后，{street} 的居民和管家按这个方案查到自己的片区。旧方案保留可查。', reason: '理由（必填，写入记录）', reasonHint: '例如：春季调整，已征求各社区意见', effective: '生效时间', now: '立即生效', checks: '检查', ack: '我已看过以上提示，仍要发布', go: '发布', done: '已发布', blocked: '有必须先解决的问题',
    ok: { assigned: '每栋楼都有片区', connected: '每个片区都连通（含附着）', band: '全部片区在带内' }, bad: { assigned: '{n} 栋未分配', connected: '{n} 个片区不连通', band: '{n} 个片区超出 ±{band}%', attach: '{n} 个片区靠附着连通', stale: '数据已更新，方案按旧数据生成' }, next: '转为',
  },
  unitPanel: { compound: '小区', building: '楼栋', community: '社区', area: '片区', grid: '网格', households: '户数', floors: '层数', height: '高度', keepers: '小管家', vacant: '空缺，请联系社区', vacancies: '空缺 {n} 个', noArea: '还没有划入生效的片区', duty: '值班电话', unnamed: '未命名楼栋', coverage: '配备', required: '应配', inPost: '在岗', short: '缺口', partTime: '兼职', ratio: '覆盖率', buildings: '楼栋', property: '物业公司', close: '关闭', nearest: '最近的楼栋 {name}，{d}', nothing: '这里没有楼栋或小区', full: '全职', part: '兼职', openArea: '看片区' },
  coverage: { answer: '应配 {required} 人，在岗 {inPost} 人，覆盖率 {coverage}%，缺 {short} 人', worst: '缺口最大的是', head: { compound: '小区', households: '户数', required: '应配', inPost: '在岗', short: '缺口', ratio: '覆盖率', community: '社区' }, sum: '合计', byCommunity: '按社区', byCompound: '按小区', rule: '配备标准：{policy}。各级相加一致。', unknown: '户数未知', none: '没有小区', filter: '筛选小区' },
  data: {
    title: '数据', drop: '把文件拖到这里，或点此选择', dropHint: 'GeoJSON、CSV、Excel（xlsx）、Shapefile（zip，或 shp、shx、dbf、prj 一起选）；最大 512 MB', steps: { file: '文件', kind: '种类与坐标', columns: '核对列', report: '试运行', stored: '入库' }, inspecting: '正在读取文件…', change: '换一个文件', kind: '数据种类', crs: '坐标系', crsPick: '请选择坐标系', crsDeclared: '文件声明：{text}', crsUndeclared: '文件没有声明坐标系，必须由您选择；系统不会猜。', crsSame: '按文件声明', region: '所属社区代码，或临时区划名称', regionHint: '表里没有社区列时填写。12 位代码归入该社区；填名称会建立“临时区划”，处处注明。', basis: '户数口径', asOf: '户数截至日期', source: '来源', layer: '图层/工作表', rows: '{n} 行', encoding: '编码 {e}',
    kinds: { regions: '行政区划', grids: '网格', compounds: '小区', buildings: '楼栋', barriers: '阻隔（水系、铁路、主干道）', gates: '出入口', housekeepers: '小管家' }, columns: { source: '文件中的列', samples: '样例', field: '对应字段', skip: '不导入', matched: '{n} 列已自动对应', required: '缺少必需字段：{names}' }, dryRun: '试运行', dryRunHint: '只出报告，不写入', running: '正在处理第 {done} 行…', store: '入库', storing: '正在入库…', stored: '已入库', undo: '撤销这次导入', undone: '已撤销，{n} 行恢复原状', another: '再导入一个', toMap: '到地图上看', next: '下一步', back: '上一步', download: '下载问题清单 CSV', report: '报告', problems: '问题', more: '更多', noProblems: '没有问题。', taken: '采用', left: '未采用',
    counts: { read: '读取', stored: '新增', updated: '更新', unchanged: '未变', mended: '修复', refused: '拒绝', waiting: '待落点', warnings: '警告' }, severity: { note: '说明', warning: '警告', mended: '修复', refused: '拒绝' }, fieldName: { name: '名称', position: '位置', code: '代码', community: '社区', compound: '小区', households: '户数', id: '标识' }, problem: { row: '行', field: '字段', value: '值', reason: '原因' }, list: '导入记录', listNone: '还没有导入。', states: { dry_run: '试运行', stored: '已入库', undone: '已撤销', failed: '失败' }, by: '{who} · {when}', waiting: '待落点', waitingNote: '这些行没有坐标，也没有唯一的同名对象。点“放到地图上”，再点地图上的位置。', place: '放到地图上', placing: '请点地图…', dismiss: '搁置', placed: '已放到地图上', rowOf: '第 {n} 行', undoRefused: '不能撤销：这些行后来又改过', view: '看报告',
  },
  empty: { title: '这里还没有数据', lead: '三个起点，选一个：', import: '导入自己的表格', importHint: '小区、楼栋、管家的表格或图形文件', demo: '先看演示城市', demoHint: '停止服务，运行以下命令，再启动', docs: '看使用手册', docsHint: '从一张表到一张均衡的片区图' },
  state: { loading: '正在载入 {what}', meta: '基本信息', figures: '户数与管家', areas: '片区', retry: '重试', error: '没有载入', stillWorks: '已载入的内容仍可查看。', updated: '数据已更新', offline: '与本机服务的连接断了，正在重连；已载入的内容仍可查看。', dataProblems: '数据里有 {n} 处问题，已停用相关部分' },
  keys: { title: '键盘', search: '搜索', fill: '切换填色', list: '在列表中移动', open: '打开', esc: '取消选择、关闭', help: '这张表' },
  common: { cancel: '取消', close: '关闭', ok: '确定', none: '—', total: '合计', yes: '是', no: '否' },
};
