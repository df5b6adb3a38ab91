package recursion

f0(n) := n

f1(n) := m if {
	n > 0
	m := f0(n + 1) + 1
}

f2(n) := m if {
	n > 0
	m := f1(n + 1) + 1
}

f3(n) := m if {
	n > 0
	m := f2(n + 1) + 1
}

f4(n) := m if {
	n > 0
	m := f3(n + 1) + 1
}

f5(n) := m if {
	n > 0
	m := f4(n + 1) + 1
}

f6(n) := m if {
	n > 0
	m := f5(n + 1) + 1
}

f7(n) := m if {
	n > 0
	m := f6(n + 1) + 1
}

f8(n) := m if {
	n > 0
	m := f7(n + 1) + 1
}

f9(n) := m if {
	n > 0
	m := f8(n + 1) + 1
}

f10(n) := m if {
	n > 0
	m := f9(n + 1) + 1
}

f11(n) := m if {
	n > 0
	m := f10(n + 1) + 1
}

f12(n) := m if {
	n > 0
	m := f11(n + 1) + 1
}

f13(n) := m if {
	n > 0
	m := f12(n + 1) + 1
}

f14(n) := m if {
	n > 0
	m := f13(n + 1) + 1
}

f15(n) := m if {
	n > 0
	m := f14(n + 1) + 1
}

f16(n) := m if {
	n > 0
	m := f15(n + 1) + 1
}

f17(n) := m if {
	n > 0
	m := f16(n + 1) + 1
}

f18(n) := m if {
	n > 0
	m := f17(n + 1) + 1
}

f19(n) := m if {
	n > 0
	m := f18(n + 1) + 1
}

f20(n) := m if {
	n > 0
	m := f19(n + 1) + 1
}

f21(n) := m if {
	n > 0
	m := f20(n + 1) + 1
}

f22(n) := m if {
	n > 0
	m := f21(n + 1) + 1
}

f23(n) := m if {
	n > 0
	m := f22(n + 1) + 1
}

f24(n) := m if {
	n > 0
	m := f23(n + 1) + 1
}

f25(n) := m if {
	n > 0
	m := f24(n + 1) + 1
}

f26(n) := m if {
	n > 0
	m := f25(n + 1) + 1
}

f27(n) := m if {
	n > 0
	m := f26(n + 1) + 1
}

f28(n) := m if {
	n > 0
	m := f27(n + 1) + 1
}

f29(n) := m if {
	n > 0
	m := f28(n + 1) + 1
}

f30(n) := m if {
	n > 0
	m := f29(n + 1) + 1
}

f31(n) := m if {
	n > 0
	m := f30(n + 1) + 1
}

f32(n) := m if {
	n > 0
	m := f31(n + 1) + 1
}

f33(n) := m if {
	n > 0
	m := f32(n + 1) + 1
}

f34(n) := m if {
	n > 0
	m := f33(n + 1) + 1
}

f35(n) := m if {
	n > 0
	m := f34(n + 1) + 1
}

f36(n) := m if {
	n > 0
	m := f35(n + 1) + 1
}

f37(n) := m if {
	n > 0
	m := f36(n + 1) + 1
}

f38(n) := m if {
	n > 0
	m := f37(n + 1) + 1
}

f39(n) := m if {
	n > 0
	m := f38(n + 1) + 1
}

f40(n) := m if {
	n > 0
	m := f39(n + 1) + 1
}

f41(n) := m if {
	n > 0
	m := f40(n + 1) + 1
}

f42(n) := m if {
	n > 0
	m := f41(n + 1) + 1
}

f43(n) := m if {
	n > 0
	m := f42(n + 1) + 1
}

f44(n) := m if {
	n > 0
	m := f43(n + 1) + 1
}

f45(n) := m if {
	n > 0
	m := f44(n + 1) + 1
}

f46(n) := m if {
	n > 0
	m := f45(n + 1) + 1
}

f47(n) := m if {
	n > 0
	m := f46(n + 1) + 1
}

f48(n) := m if {
	n > 0
	m := f47(n + 1) + 1
}

f49(n) := m if {
	n > 0
	m := f48(n + 1) + 1
}

f50(n) := m if {
	n > 0
	m := f49(n + 1) + 1
}

f51(n) := m if {
	n > 0
	m := f50(n + 1) + 1
}

f52(n) := m if {
	n > 0
	m := f51(n + 1) + 1
}

f53(n) := m if {
	n > 0
	m := f52(n + 1) + 1
}

f54(n) := m if {
	n > 0
	m := f53(n + 1) + 1
}

f55(n) := m if {
	n > 0
	m := f54(n + 1) + 1
}

f56(n) := m if {
	n > 0
	m := f55(n + 1) + 1
}

f57(n) := m if {
	n > 0
	m := f56(n + 1) + 1
}

f58(n) := m if {
	n > 0
	m := f57(n + 1) + 1
}

f59(n) := m if {
	n > 0
	m := f58(n + 1) + 1
}

f60(n) := m if {
	n > 0
	m := f59(n + 1) + 1
}

f61(n) := m if {
	n > 0
	m := f60(n + 1) + 1
}

f62(n) := m if {
	n > 0
	m := f61(n + 1) + 1
}

f63(n) := m if {
	n > 0
	m := f62(n + 1) + 1
}

f64(n) := m if {
	n > 0
	m := f63(n + 1) + 1
}

f65(n) := m if {
	n > 0
	m := f64(n + 1) + 1
}

f66(n) := m if {
	n > 0
	m := f65(n + 1) + 1
}

f67(n) := m if {
	n > 0
	m := f66(n + 1) + 1
}

f68(n) := m if {
	n > 0
	m := f67(n + 1) + 1
}

f69(n) := m if {
	n > 0
	m := f68(n + 1) + 1
}

f70(n) := m if {
	n > 0
	m := f69(n + 1) + 1
}

f71(n) := m if {
	n > 0
	m := f70(n + 1) + 1
}

f72(n) := m if {
	n > 0
	m := f71(n + 1) + 1
}

f73(n) := m if {
	n > 0
	m := f72(n + 1) + 1
}

f74(n) := m if {
	n > 0
	m := f73(n + 1) + 1
}

f75(n) := m if {
	n > 0
	m := f74(n + 1) + 1
}

f76(n) := m if {
	n > 0
	m := f75(n + 1) + 1
}

f77(n) := m if {
	n > 0
	m := f76(n + 1) + 1
}

f78(n) := m if {
	n > 0
	m := f77(n + 1) + 1
}

f79(n) := m if {
	n > 0
	m := f78(n + 1) + 1
}

f80(n) := m if {
	n > 0
	m := f79(n + 1) + 1
}

f81(n) := m if {
	n > 0
	m := f80(n + 1) + 1
}

f82(n) := m if {
	n > 0
	m := f81(n + 1) + 1
}

f83(n) := m if {
	n > 0
	m := f82(n + 1) + 1
}

f84(n) := m if {
	n > 0
	m := f83(n + 1) + 1
}

f85(n) := m if {
	n > 0
	m := f84(n + 1) + 1
}

f86(n) := m if {
	n > 0
	m := f85(n + 1) + 1
}

f87(n) := m if {
	n > 0
	m := f86(n + 1) + 1
}

f88(n) := m if {
	n > 0
	m := f87(n + 1) + 1
}

f89(n) := m if {
	n > 0
	m := f88(n + 1) + 1
}

f90(n) := m if {
	n > 0
	m := f89(n + 1) + 1
}

f91(n) := m if {
	n > 0
	m := f90(n + 1) + 1
}

f92(n) := m if {
	n > 0
	m := f91(n + 1) + 1
}

f93(n) := m if {
	n > 0
	m := f92(n + 1) + 1
}

f94(n) := m if {
	n > 0
	m := f93(n + 1) + 1
}

f95(n) := m if {
	n > 0
	m := f94(n + 1) + 1
}

f96(n) := m if {
	n > 0
	m := f95(n + 1) + 1
}

f97(n) := m if {
	n > 0
	m := f96(n + 1) + 1
}

f98(n) := m if {
	n > 0
	m := f97(n + 1) + 1
}

f99(n) := m if {
	n > 0
	m := f98(n + 1) + 1
}

f100(n) := m if {
	n > 0
	m := f99(n + 1) + 1
}

f101(n) := m if {
	n > 0
	m := f100(n + 1) + 1
}

f102(n) := m if {
	n > 0
	m := f101(n + 1) + 1
}

f103(n) := m if {
	n > 0
	m := f102(n + 1) + 1
}

f104(n) := m if {
	n > 0
	m := f103(n + 1) + 1
}

f105(n) := m if {
	n > 0
	m := f104(n + 1) + 1
}

f106(n) := m if {
	n > 0
	m := f105(n + 1) + 1
}

f107(n) := m if {
	n > 0
	m := f106(n + 1) + 1
}

f108(n) := m if {
	n > 0
	m := f107(n + 1) + 1
}

f109(n) := m if {
	n > 0
	m := f108(n + 1) + 1
}

f110(n) := m if {
	n > 0
	m := f109(n + 1) + 1
}

f111(n) := m if {
	n > 0
	m := f110(n + 1) + 1
}

f112(n) := m if {
	n > 0
	m := f111(n + 1) + 1
}

f113(n) := m if {
	n > 0
	m := f112(n + 1) + 1
}

f114(n) := m if {
	n > 0
	m := f113(n + 1) + 1
}

f115(n) := m if {
	n > 0
	m := f114(n + 1) + 1
}

f116(n) := m if {
	n > 0
	m := f115(n + 1) + 1
}

f117(n) := m if {
	n > 0
	m := f116(n + 1) + 1
}

f118(n) := m if {
	n > 0
	m := f117(n + 1) + 1
}

f119(n) := m if {
	n > 0
	m := f118(n + 1) + 1
}

f120(n) := m if {
	n > 0
	m := f119(n + 1) + 1
}

f121(n) := m if {
	n > 0
	m := f120(n + 1) + 1
}

f122(n) := m if {
	n > 0
	m := f121(n + 1) + 1
}

f123(n) := m if {
	n > 0
	m := f122(n + 1) + 1
}

f124(n) := m if {
	n > 0
	m := f123(n + 1) + 1
}

f125(n) := m if {
	n > 0
	m := f124(n + 1) + 1
}

f126(n) := m if {
	n > 0
	m := f125(n + 1) + 1
}

f127(n) := m if {
	n > 0
	m := f126(n + 1) + 1
}

f128(n) := m if {
	n > 0
	m := f127(n + 1) + 1
}

f129(n) := m if {
	n > 0
	m := f128(n + 1) + 1
}

f130(n) := m if {
	n > 0
	m := f129(n + 1) + 1
}

f131(n) := m if {
	n > 0
	m := f130(n + 1) + 1
}

f132(n) := m if {
	n > 0
	m := f131(n + 1) + 1
}

f133(n) := m if {
	n > 0
	m := f132(n + 1) + 1
}

f134(n) := m if {
	n > 0
	m := f133(n + 1) + 1
}

f135(n) := m if {
	n > 0
	m := f134(n + 1) + 1
}

f136(n) := m if {
	n > 0
	m := f135(n + 1) + 1
}

f137(n) := m if {
	n > 0
	m := f136(n + 1) + 1
}

f138(n) := m if {
	n > 0
	m := f137(n + 1) + 1
}

f139(n) := m if {
	n > 0
	m := f138(n + 1) + 1
}

f140(n) := m if {
	n > 0
	m := f139(n + 1) + 1
}

f141(n) := m if {
	n > 0
	m := f140(n + 1) + 1
}

f142(n) := m if {
	n > 0
	m := f141(n + 1) + 1
}

f143(n) := m if {
	n > 0
	m := f142(n + 1) + 1
}

f144(n) := m if {
	n > 0
	m := f143(n + 1) + 1
}

f145(n) := m if {
	n > 0
	m := f144(n + 1) + 1
}

f146(n) := m if {
	n > 0
	m := f145(n + 1) + 1
}

f147(n) := m if {
	n > 0
	m := f146(n + 1) + 1
}

f148(n) := m if {
	n > 0
	m := f147(n + 1) + 1
}

f149(n) := m if {
	n > 0
	m := f148(n + 1) + 1
}

f150(n) := m if {
	n > 0
	m := f149(n + 1) + 1
}

f151(n) := m if {
	n > 0
	m := f150(n + 1) + 1
}

f152(n) := m if {
	n > 0
	m := f151(n + 1) + 1
}

f153(n) := m if {
	n > 0
	m := f152(n + 1) + 1
}

f154(n) := m if {
	n > 0
	m := f153(n + 1) + 1
}

f155(n) := m if {
	n > 0
	m := f154(n + 1) + 1
}

f156(n) := m if {
	n > 0
	m := f155(n + 1) + 1
}

f157(n) := m if {
	n > 0
	m := f156(n + 1) + 1
}

f158(n) := m if {
	n > 0
	m := f157(n + 1) + 1
}

f159(n) := m if {
	n > 0
	m := f158(n + 1) + 1
}

f160(n) := m if {
	n > 0
	m := f159(n + 1) + 1
}

f161(n) := m if {
	n > 0
	m := f160(n + 1) + 1
}

f162(n) := m if {
	n > 0
	m := f161(n + 1) + 1
}

f163(n) := m if {
	n > 0
	m := f162(n + 1) + 1
}

f164(n) := m if {
	n > 0
	m := f163(n + 1) + 1
}

f165(n) := m if {
	n > 0
	m := f164(n + 1) + 1
}

f166(n) := m if {
	n > 0
	m := f165(n + 1) + 1
}

f167(n) := m if {
	n > 0
	m := f166(n + 1) + 1
}

f168(n) := m if {
	n > 0
	m := f167(n + 1) + 1
}

f169(n) := m if {
	n > 0
	m := f168(n + 1) + 1
}

f170(n) := m if {
	n > 0
	m := f169(n + 1) + 1
}

f171(n) := m if {
	n > 0
	m := f170(n + 1) + 1
}

f172(n) := m if {
	n > 0
	m := f171(n + 1) + 1
}

f173(n) := m if {
	n > 0
	m := f172(n + 1) + 1
}

f174(n) := m if {
	n > 0
	m := f173(n + 1) + 1
}

f175(n) := m if {
	n > 0
	m := f174(n + 1) + 1
}

f176(n) := m if {
	n > 0
	m := f175(n + 1) + 1
}

f177(n) := m if {
	n > 0
	m := f176(n + 1) + 1
}

f178(n) := m if {
	n > 0
	m := f177(n + 1) + 1
}

f179(n) := m if {
	n > 0
	m := f178(n + 1) + 1
}

f180(n) := m if {
	n > 0
	m := f179(n + 1) + 1
}

f181(n) := m if {
	n > 0
	m := f180(n + 1) + 1
}

f182(n) := m if {
	n > 0
	m := f181(n + 1) + 1
}

f183(n) := m if {
	n > 0
	m := f182(n + 1) + 1
}

f184(n) := m if {
	n > 0
	m := f183(n + 1) + 1
}

f185(n) := m if {
	n > 0
	m := f184(n + 1) + 1
}

f186(n) := m if {
	n > 0
	m := f185(n + 1) + 1
}

f187(n) := m if {
	n > 0
	m := f186(n + 1) + 1
}

f188(n) := m if {
	n > 0
	m := f187(n + 1) + 1
}

f189(n) := m if {
	n > 0
	m := f188(n + 1) + 1
}

f190(n) := m if {
	n > 0
	m := f189(n + 1) + 1
}

f191(n) := m if {
	n > 0
	m := f190(n + 1) + 1
}

f192(n) := m if {
	n > 0
	m := f191(n + 1) + 1
}

f193(n) := m if {
	n > 0
	m := f192(n + 1) + 1
}

f194(n) := m if {
	n > 0
	m := f193(n + 1) + 1
}

f195(n) := m if {
	n > 0
	m := f194(n + 1) + 1
}

f196(n) := m if {
	n > 0
	m := f195(n + 1) + 1
}

f197(n) := m if {
	n > 0
	m := f196(n + 1) + 1
}

f198(n) := m if {
	n > 0
	m := f197(n + 1) + 1
}

f199(n) := m if {
	n > 0
	m := f198(n + 1) + 1
}

answer := f199(input.n)
