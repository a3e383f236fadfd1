package io.awa.reactive.storage;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Steps of jobs with concurrency keys, for {@link Acts}. Of two keys one job has ended and one waits in the sealed store; in
 * the sealed segment lane 3 has a job of the third key, lane 4 one of each.
 */
final class KeyedActs {

    private final Session s;
    private List<String> keys = List.of();
    private List<Long> gated = List.of();
    private int one;
    private int many;

    KeyedActs(Session s) {
        this.s = s;
    }

    void prepare() {
        one = (int) s.number("select queue from ensure_lane('one', 1)");
        many = (int) s.number("select queue from ensure_lane('many', 1)");
        keys = s.texts("select u from unnest(array['x', 'y', 'z']) u order by place_lock(places_of(u))");
        String first = keys.get(0);
        String second = keys.get(1);
        String third = keys.get(2);
        Keyed keyed = new Keyed(s);
        gated = keyed.put(4, first, second, first, second).subList(2, 4);
        s.complete(keyed.take(many, 10));
        assertThat(gated).allMatch(id -> keyed.state(id).equals("gated"));
        keyed.put(3, third);
        keyed.put(4, third, second, first);
    }

    /** Those that wait. */
    List<Long> gated() {
        return gated;
    }

    Map<String, String> calls() {
        Map<String, String> calls = new LinkedHashMap<>();
        calls.put("claim_keyed", Session.claimCall(one, 1, Session.nonce()));
        // Half of those it finds have to wait, so it looks at more, and meets a further key, a lower one
        calls.put("put_aside", Session.claimCall(many, 2, Session.nonce()));
        calls.put("grant_keys", Keyed.grantCall(keys.get(1), keys.get(0)));
        calls.put("sweep_keys", "select * from sweep_keys('', 100, " + Session.nonce() + ")");
        calls.put("cancel_gated", Life.call("cancel", "{}", gated.get(0), gated.get(1)));
        return calls;
    }

    /** Names the lock of a key; they are numbered in the order in which they are taken. */
    String place(long second) {
        for (int i = 0; i < keys.size(); i++) {
            if (s.number("select place_lock(places_of('" + keys.get(i) + "')) & 4294967295")
                    == (second & 4_294_967_295L)) {
                return "place " + (i + 1);
            }
        }
        return "place " + second;
    }

    String lock(String name) {
        String key = keys.get(Integer.parseInt(name.substring("place ".length())) - 1);
        return "select pg_advisory_xact_lock(place_lock(places_of('" + key + "')))";
    }
}
