// Words of 巡查, the staff page: buildings and compounds, no people.
export default {
  title: '巡查', answer: '{scope} {n} 幢，{cold} 幢超过 14 天没去{never}。近 {days} 天至少走到 {share}% 的户。', answerNever: '（其中 {n} 幢没有走访记录）', coldest: '最久没去：{names}', unknown: '{n} 幢没有户数，不计入比例', asOf: '截至 {at}',
  legend: '多久没去（幢）', band: { b0: '0–3 天', b1: '4–7 天', b2: '8–14 天', b3: '14 天以上', b4: '没有记录' }, by: { day: '按日', week: '按周', label: '矩阵' }, tab: { cold: '久未巡楼幢', compounds: '小区覆盖', matrix: '日历矩阵', label: '视图' },
  cold: '{n} 幢，久未巡的在前，与地图同色', coldCompounds: '{of} 个小区，其中 {n} 个整个小区 14 天以上没人走访', days: '{n} 天', never: '没有记录', last: '上次 {date}', head: { compound: '小区', buildings: '幢', cold: '超 14 天', longest: '最久', share: '至少走到' }, order: '超 14 天的楼多者在前', matrixNote: '格里是当天至少走到的户数占比；只按小区，不按片区和人。', noRows: '这个范围没有可看的走访数', filter: '小区或楼号', atLeast: '至少',
};
