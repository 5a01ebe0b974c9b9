package dev.tallo.scheduler;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.library.dependencies.SlicesRuleDefinition;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Who may know whom. */
class ArrowsTest {
  private static final List<String> KNOWN =
      List.of(
          "dev.tallo.scheduler",
          "dev.tallo.client",
          "dev.tallo.messaging",
          "dev.tallo.problem",
          "dev.tallo.security",
          "dev.tallo.store");

  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages("dev.tallo.scheduler");

  @Test
  void knows_no_code_of_another_service() {
    classes()
        .that()
        .resideInAPackage("dev.tallo.scheduler..")
        .should()
        .onlyDependOnClassesThat(
            DescribedPredicate.describe(
                "belong to this module, to one of the libraries of Tallo, or to others",
                type ->
                    !type.getPackageName().startsWith("dev.tallo.")
                        || KNOWN.stream().anyMatch(type.getPackageName()::startsWith)))
        .check(CLASSES);
  }

  @Test
  void its_packages_have_no_cycles() {
    SlicesRuleDefinition.slices()
        .matching("dev.tallo.scheduler.(*)..")
        .should()
        .beFreeOfCycles()
        .check(CLASSES);
  }

  @Test
  void when_something_is_due_has_nothing_to_do_with_broker_and_store() {
    noClasses()
        .that()
        .resideInAPackage("dev.tallo.scheduler.timing..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "com.rabbitmq..", "java.sql..", "dev.tallo.messaging..", "dev.tallo.store..")
        .check(CLASSES);
  }
}
