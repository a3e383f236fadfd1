package io.awa.reactive.spring;

import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.springframework.aop.framework.autoproxy.AutoProxyUtils;
import org.springframework.aop.support.AopUtils;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.core.MethodIntrospector;
import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.core.annotation.AnnotationUtils;

/** Finds the handlers among the methods of the application's beans. */
final class HandlerMethods {

    private HandlerMethods() {}

    /** @throws IllegalStateException if a method cannot handle jobs, or two handle one kind */
    static List<HandlerMethod<?>> in(ConfigurableListableBeanFactory beans) {
        Map<String, HandlerMethod<?>> byKind = new LinkedHashMap<>();
        for (String name : beans.getBeanDefinitionNames()) {
            Class<?> type = AutoProxyUtils.determineTargetClass(beans, name);
            if (type != null && AnnotationUtils.isCandidateClass(type, JobHandler.class)) {
                of(beans, name, type).forEach(method -> {
                    HandlerMethod<?> other = byKind.putIfAbsent(method.kind(), method);
                    if (other != null) {
                        throw new IllegalStateException(
                                "the kind " + method.kind() + " has two handlers: " + other + " and " + method);
                    }
                });
            }
        }
        return List.copyOf(byKind.values());
    }

    private static List<HandlerMethod<?>> of(ConfigurableListableBeanFactory beans, String name, Class<?> type) {
        Map<Method, JobHandler> found =
                MethodIntrospector.selectMethods(type, (MethodIntrospector.MetadataLookup<JobHandler>)
                        method -> AnnotatedElementUtils.findMergedAnnotation(method, JobHandler.class));
        List<HandlerMethod<?>> all = new ArrayList<>();
        if (!found.isEmpty()) {
            Object bean = beans.getBean(name);
            // Through the bean's proxy where it has one, so that @Transactional and the like count.
            found.forEach((method, settings) ->
                    all.add(HandlerMethod.of(bean, AopUtils.selectInvocableMethod(method, bean.getClass()), settings)));
        }
        return all;
    }
}
