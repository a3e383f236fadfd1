package io.awa.reactive.storage.random;

/** The SQL with short sleeps at the steps between which a rival matters: windows of microseconds become milliseconds. */
final class Widened {

    private static final String SLEEP = "perform case when random() < 0.08 then pg_sleep(random() * 0.03) end;\n";

    private Widened() {}

    static SqlText sql(SqlText original) {
        SqlText sql = original;
        String[][] places = {
            {"reserve", "    case cell & 255"},
            {"reserve", "    if cardinality(v_lanes) = 1 then"},
            {"reserve", "  perform set_config("},
            {"enqueue", "  case v_cell & 255"},
            {"claim_lane", "  for g in"},
            {"claim_lane", "    case g.child"},
            {"claim_lane", "    if r.p is not null or r.top is not null or g.sealed then"},
            {"claim_lane", "  no := b.no + 1;"},
            {"claim_lane", "  if not v_won then"},
            {"probe_*", "  v_marked := exists"},
            {"probe_*", "  select s.p, pg_snapshot_xmin"},
            {"adjust", "    v_drop := p_drop *"},
            {"release", "    v_add := '{}';"},
            {"release", "    delete from"},
            {"cancel", "      v_drop := "},
            {"cancel", "      continue when v_drop"},
            {"move", "  perform setval("},
            {"seal", "  update"},
            {"finish", "  foreach v_lane in array g.lanes loop"},
            {"finish", "  if reason is not null then return; end if;"},
        };
        for (String[] place : places) {
            sql = sql.in(place[0], place[1], SLEEP + place[1]);
        }
        return sql;
    }
}
