package io.awa.reactive.internal.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.awa.reactive.AwaValidationException;
import io.awa.reactive.admin.JobState;
import io.awa.reactive.job.Job;
import io.awa.reactive.job.JobLimits;
import io.awa.reactive.job.JobType;
import io.awa.reactive.job.Unique;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

class UniqueKeyTest {

    private static final Instant NOON = Instant.parse("2026-03-01T12:00:00Z");
    private static final JobType<Map> TYPE = JobType.of("send_email", Map.class).queue("email");
    private static final Map<String, Object> ARGS =
            ordered("to", "a@b.org", "n", 1.50, "z", List.of(true, ordered("é", null)));

    /** Keys are stored: whoever changes these vectors lets duplicates in during the deployment. */
    @Test
    void pinned() {
        assertThat(key(Unique.byKind())).hasToString("9343f441-1bf6-9a62-e516-c73efd6cace1");
        assertThat(key(Unique.byArgs())).hasToString("acb9a018-0f59-9506-6fbe-51176a9dd24c");
        assertThat(key(Unique.byArgs("to"))).hasToString("1c8f9793-f1e3-24cf-9cf3-0b0a8c3637c8");
        assertThat(key(Unique.byArgs().perQueue().within(Duration.ofHours(1))))
                .hasToString("13c66ff3-2028-2d83-859e-e333ccf468ec");
        assertThat(key(Unique.byKey("order 7 \uD83D\uDE00"))).hasToString("671f96d1-d176-944a-b8d3-d42b8047cfbd");
    }

    @Test
    void canonicalText() {
        assertThat(
                        canonical(
                                "{\"b\": [1, 1.0, 1e3, -0],\n \"a\" : {\"y\":null,\"x\":\"\\u00e9\\n\\\"\\/\\u0001\"}, \"A\": false}"))
                .isEqualTo("{\"A\":false,\"a\":{\"x\":\"é\\u000a\\\"/\\u0001\",\"y\":null},\"b\":[1,1.0,1e3,-0]}");
        assertThat(canonical("{\"a\":1,\"a\":2}")).isEqualTo("{\"a\":2}");
        assertThat(canonical("[]")).isEqualTo("[]");
        assertThat(canonical("\"text\"")).isEqualTo("\"text\"");
        assertThat(canonical("{\"a\":1,\"b\":{},\"c\":3}", "b", "a")).isEqualTo("{\"a\":1,\"b\":{}}");
    }

    @Test
    void theOrderOfMembersDoesNotCount() {
        Map<String, Object> other = ordered("z", List.of(true, ordered("é", null)), "n", 1.50, "to", "a@b.org");
        assertThat(key(TYPE.with(other).unique(Unique.byArgs()), NOON)).isEqualTo(key(Unique.byArgs()));
    }

    @Test
    void everyPieceCounts() {
        Job<Map> job = TYPE.with(ARGS);
        Unique terms = Unique.byArgs().perQueue().within(Duration.ofMinutes(1));
        UUID key = key(job.unique(terms), NOON);
        assertThat(key(job.unique(terms).queue("other"), NOON)).isNotEqualTo(key);
        assertThat(key(JobType.of("other", Map.class).queue("email").with(ARGS).unique(terms), NOON))
                .isNotEqualTo(key);
        assertThat(key(TYPE.with(Map.of()).unique(terms), NOON)).isNotEqualTo(key);
        assertThat(key(job.unique(terms), NOON.plusSeconds(59))).isEqualTo(key);
        assertThat(key(job.unique(terms), NOON.plusSeconds(60))).isNotEqualTo(key);
        assertThat(key(job.unique(terms), NOON.minusMillis(1))).isNotEqualTo(key);
        assertThat(key(job.unique(terms.within(Duration.ofMinutes(2))), NOON)).isNotEqualTo(key);
        assertThat(key(job.unique(Unique.byArgs()).queue("other"), NOON)).isEqualTo(key(Unique.byArgs()));
        // priority, tags, times and masks do not
        assertThat(key(job.unique(terms.during()).priority(4).tags("t").runAt(NOON.plusSeconds(90)), NOON))
                .isEqualTo(key);
    }

    /** The parts "ab" and "c" are not "a" and "bc". */
    @Test
    void partsAreApart() {
        Unique terms = Unique.byKind().perQueue();
        assertThat(key(JobType.of("ab", Map.class).queue("c").with(ARGS).unique(terms), NOON))
                .isNotEqualTo(
                        key(JobType.of("a", Map.class).queue("bc").with(ARGS).unique(terms), NOON));
    }

    @Test
    void aMissingMemberIsRefused() {
        assertThatThrownBy(() -> key(Unique.byArgs("to", "typo")))
                .isInstanceOf(AwaValidationException.class)
                .hasMessageContaining("unique.members")
                .hasMessageContaining("typo");
        assertThatThrownBy(() -> key(JobType.of("n", Integer.class).with(3).unique(Unique.byArgs("to")), NOON))
                .isInstanceOf(AwaValidationException.class);
    }

    @Test
    void masks() {
        assertThat(UniqueKey.mask(EnumSet.allOf(JobState.class))).isEqualTo(1023);
        assertThat(UniqueKey.mask(Unique.byArgs().states())).isEqualTo(575);
        assertThat(UniqueKey.mask(Unique.byArgs().during().states())).isEqualTo(22);
    }

    private static String canonical(String json, String... members) {
        return new String(
                CanonicalJson.of(JsonMapper.shared(), json.getBytes(StandardCharsets.UTF_8), List.of(members)),
                StandardCharsets.UTF_8);
    }

    private static UUID key(Unique terms) {
        return key(TYPE.with(ARGS).unique(terms), NOON);
    }

    private static UUID key(Job<?> job, Instant at) {
        JobEncoder encoder = new JobEncoder(JsonMapper.shared(), JobLimits.defaults(), InstantSource.fixed(at));
        return encoder.encode(job).terms().key();
    }

    private static Map<String, Object> ordered(Object... pairs) {
        Map<String, Object> map = new LinkedHashMap<>();
        for (int i = 0; i < pairs.length; i += 2) {
            map.put((String) pairs[i], pairs[i + 1]);
        }
        return map;
    }
}
