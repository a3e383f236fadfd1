package io.awa.reactive.internal.json;

import static org.assertj.core.api.Assertions.assertThat;

import io.awa.reactive.job.Job;
import io.awa.reactive.job.JobLimits;
import io.awa.reactive.job.JobType;
import io.awa.reactive.testkit.SeededTest;
import io.awa.reactive.testkit.Seeds;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Headers and deadline are written without Jackson, which reads back what they were; whatever job came before. */
class HeadersAgainstJacksonTest {

    private static final JsonMapper MAPPER = JsonMapper.shared();
    private static final JobType<Integer> TYPE = JobType.of("n", Integer.class);
    private static final int CASES = 2_000;

    @SeededTest(3)
    void whatIsWrittenIsRead(long seed) {
        SplittableRandom random = Seeds.random(seed);
        JobEncoder encoder = new JobEncoder(MAPPER, JobLimits.defaults());
        Job<Integer> before = TYPE.with(1);
        for (int i = 0; i < CASES; i++) {
            Job<Integer> job = random.nextBoolean() ? before : TYPE.with(i);
            if (random.nextInt(3) > 0) {
                // those of the job before as they are, or as many as they were, or others
                job = random.nextInt(3) == 0
                        ? job.headers(before.headers())
                        : job.headers(random.nextInt(4) == 0 ? Map.copyOf(before.headers()) : headers(random));
            }
            if (random.nextInt(3) == 0) {
                job = job.deadline(Duration.ofMillis(1 + random.nextInt(3)).plusNanos(random.nextInt(3)));
            }
            if (random.nextInt(4) == 0) {
                job = job.concurrencyKey("\"" + random.nextInt(3) + "\\\ud83d\ude00")
                        .tags("t", "\u00e9\\\"");
            }
            String json = encoder.encode(job).extrasText();
            JsonNode tree = json == null ? MAPPER.createObjectNode() : MAPPER.readTree(json);

            Map<String, String> read = new LinkedHashMap<>();
            tree.path("headers")
                    .properties()
                    .forEach(header ->
                            read.put(header.getKey(), header.getValue().stringValue()));
            assertThat(read).as(json).containsExactlyEntriesOf(job.headers());
            assertThat(tree.path("deadline").asLong(0))
                    .as(json)
                    .isEqualTo(job.deadline()
                            .map(limit -> limit.plusNanos(999_999).toMillis())
                            .orElse(0L));
            assertThat(tree.path("concurrency_key").asString(""))
                    .isEqualTo(job.concurrencyKey().orElse(""));
            assertThat(tree.path("tags").valueStream().map(JsonNode::stringValue))
                    .containsExactlyElementsOf(job.tags());
            assertThat(json == null).isEqualTo(tree.isEmpty());
            before = Objects.requireNonNull(job);
        }
    }

    private static Map<String, String> headers(SplittableRandom random) {
        Map<String, String> headers = new LinkedHashMap<>();
        for (int i = random.nextInt(4); i > 0; i--) {
            headers.put("h" + ascii(random), ascii(random));
        }
        return headers;
    }

    private static String ascii(SplittableRandom random) {
        StringBuilder text = new StringBuilder();
        for (int i = random.nextInt(6); i > 0; i--) {
            text.append(
                    random.nextInt(3) == 0
                            ? "\"\\{}:,".charAt(random.nextInt(6))
                            : (char) random.nextInt(' ', '~' + 1));
        }
        return text.toString();
    }
}
