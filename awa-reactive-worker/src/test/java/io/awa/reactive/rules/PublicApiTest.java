package io.awa.reactive.rules;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** What is public is listed: who changes it says so in the same commit. */
class PublicApiTest {

    @Test
    void theListOfThePublicApiIsUpToDate() throws IOException {
        Path root = ApiListing.root();
        assertThat(Files.readString(ApiListing.page(root)))
                .as("the public API has changed: run `%s` and look at the difference", ApiListing.COMMAND)
                .isEqualTo(ApiListing.of(root));
    }
}
