package io.awa.reactive.spring;

import io.awa.reactive.testkit.AwaPostgres;
import java.util.LinkedHashMap;
import java.util.Map;
import org.springframework.boot.Banner;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;

/** Starts applications on the tests' server, each in a schema of its own unless one is named. */
final class Boots {

    private Boots() {}

    static ConfigurableApplicationContext start(Class<?> application, String... properties) {
        return start(new Class<?>[] {application}, WebApplicationType.NONE, properties);
    }

    static ConfigurableApplicationContext start(Class<?>[] sources, WebApplicationType type, String... properties) {
        Map<String, String> all = new LinkedHashMap<>();
        all.put("spring.r2dbc.url", AwaPostgres.shared().url());
        all.put("awa.schema", AwaPostgres.shared().freshSchema());
        for (String property : properties) {
            String[] named = property.split("=", 2);
            all.put(named[0], named[1]);
        }
        return new SpringApplicationBuilder(sources)
                .web(type)
                .bannerMode(Banner.Mode.OFF)
                .run(all.entrySet().stream()
                        .map(one -> "--" + one.getKey() + "=" + one.getValue())
                        .toArray(String[]::new));
    }
}
