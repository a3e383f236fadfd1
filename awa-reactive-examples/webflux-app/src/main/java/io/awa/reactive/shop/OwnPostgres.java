package io.awa.reactive.shop;

import io.awa.reactive.testkit.AwaPostgres;
import java.util.Map;
import org.springframework.context.ApplicationContextInitializer;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.core.env.MapPropertySource;

/** An embedded PostgreSQL where no other is named, so that the example runs on a bare machine. */
final class OwnPostgres implements ApplicationContextInitializer<ConfigurableApplicationContext> {

    @Override
    public void initialize(ConfigurableApplicationContext context) {
        if (!context.getEnvironment().containsProperty("spring.r2dbc.url")) {
            Map<String, Object> url =
                    Map.of("spring.r2dbc.url", AwaPostgres.shared().url());
            context.getEnvironment().getPropertySources().addLast(new MapPropertySource("own-postgres", url));
        }
    }
}
