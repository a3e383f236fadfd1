package io.awa.reactive.observation;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.common.docs.KeyName;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What is documented is what is told. */
class JobObservationTest {

    private static final Path GUIDE = Path.of("../../docs/guide/observability.md");

    private static final Map<JobObservation, String> NAMES = Map.of(
            JobObservation.ENQUEUE, EnqueueConvention.NAME,
            JobObservation.ENQUEUE_BULK, EnqueueConvention.BULK_NAME,
            JobObservation.EXECUTE, ExecuteConvention.NAME);

    @Test
    void theGuideHasEveryObservationWithItsKeys() throws IOException {
        List<String> rows = Files.readAllLines(GUIDE).stream()
                .filter(line -> line.startsWith("| `awa.job."))
                .map(line -> line.split(" *\\| *"))
                .map(cells -> cells[1] + " " + cells[3] + "; " + cells[4])
                .toList();

        assertThat(rows)
                .containsExactlyElementsOf(Stream.of(JobObservation.values())
                        .map(one -> "`" + NAMES.get(one) + "` " + keys(one.getLowCardinalityKeyNames()) + "; "
                                + keys(one.getHighCardinalityKeyNames()))
                        .toList());
    }

    @Test
    void remoteParentsAreReadAsTheyAreWritten() {
        String trace = "0af7651916cd43dd8448eb211c80319c";
        String span = "b7ad6b7169203331";
        assertThat(RemoteParent.in(Map.of("traceparent", "00-" + trace + "-" + span + "-01")))
                .isEqualTo(new RemoteParent(trace, span, true));
        assertThat(RemoteParent.in(Map.of("traceparent", "00-" + trace + "-" + span + "-00")))
                .isEqualTo(new RemoteParent(trace, span, false));
        assertThat(RemoteParent.in(Map.of("b3", trace + "-" + span + "-1")))
                .isEqualTo(new RemoteParent(trace, span, true));
        assertThat(RemoteParent.in(Map.of("b3", trace.substring(16) + "-" + span)))
                .isEqualTo(new RemoteParent(trace.substring(16), span, true));
        assertThat(RemoteParent.in(Map.of("b3", trace + "-" + span + "-0-" + span)))
                .isEqualTo(new RemoteParent(trace, span, false));
        for (String bad : List.of("", "0", "00-" + trace, "00-" + trace.toUpperCase() + "-" + span + "-01")) {
            assertThat(RemoteParent.in(Map.of("traceparent", bad))).as(bad).isNull();
        }
        assertThat(RemoteParent.in(Map.of())).isNull();
    }

    private static String keys(KeyName[] names) {
        return Arrays.stream(names).map(KeyName::asString).collect(Collectors.joining(", "));
    }
}
