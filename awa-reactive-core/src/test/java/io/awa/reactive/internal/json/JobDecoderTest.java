package io.awa.reactive.internal.json;

import static io.awa.reactive.internal.json.Payloads.MAIL;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import io.awa.reactive.AwaPayloadException;
import io.awa.reactive.internal.json.Payloads.Mail;
import io.awa.reactive.job.JobLimits;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.json.JsonMapper;

/** What a worker reads back. */
class JobDecoderTest {

    private final JsonMapper mapper = JsonMapper.builder().build();
    private final JobEncoder encoder = new JobEncoder(mapper, JobLimits.defaults());
    private final JobDecoder decoder = new JobDecoder(mapper);

    @Test
    void decodesWhatItEncoded() {
        Mail mail = new Mail("ä@b.org", 3);
        assertThat(decoder.decode(encoder.encode(MAIL.with(mail)).argsText(), MAIL))
                .isEqualTo(mail);
        assertThat(decoder.decode("{\"to\":\"x\",\"copies\":1,\"added_later\":true}", MAIL))
                .isEqualTo(new Mail("x", 1));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "null", "[]", "{\"copies\":\"many\"}", "{\"to\":", "{} {}"})
    void namesKindAndClassOfAPayloadItCannotRead(String json) {
        assertThatThrownBy(() -> decoder.decode(json, MAIL))
                .asInstanceOf(type(AwaPayloadException.class))
                .satisfies(e -> {
                    assertThat(e.kind()).isEqualTo("mail");
                    assertThat(e.argsType()).isEqualTo(Mail.class.getName());
                    assertThat(e).hasMessageContaining("mail").hasMessageContaining(Mail.class.getName());
                });
    }
}
